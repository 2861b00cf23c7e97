"""The tables of the node service."""
