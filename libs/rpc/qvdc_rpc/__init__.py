"""Serving and dialling the contracts."""
