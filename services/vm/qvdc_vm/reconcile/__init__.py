"""Loops that bring machines to what is wanted."""
