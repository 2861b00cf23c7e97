"""Other services and hosts, as ports."""
