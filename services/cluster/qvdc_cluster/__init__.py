"""Clusters, policies and placement."""
