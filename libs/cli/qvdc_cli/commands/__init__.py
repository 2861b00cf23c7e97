"""One module a noun: verbs mirror RPCs."""
