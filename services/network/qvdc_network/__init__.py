"""Networks, ports and addresses on OVN."""
