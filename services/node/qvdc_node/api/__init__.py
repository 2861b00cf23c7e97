"""The wire of the node service."""
