"""Client library for the public interfaces."""
