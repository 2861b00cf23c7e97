"""Real hypervisor hosts in namespaces of one machine."""
