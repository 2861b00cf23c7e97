"""The ports of the node service made real."""
