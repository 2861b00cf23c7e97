"""Leases, leadership, fences and watches on etcd."""
