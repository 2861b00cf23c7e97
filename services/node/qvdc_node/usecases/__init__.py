"""The verbs of the node service."""
