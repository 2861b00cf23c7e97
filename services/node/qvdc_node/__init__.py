"""Hypervisor hosts, their certificates and sessions."""
