"""The loops of the node service."""
