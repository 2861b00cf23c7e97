"""The qvdc command."""
