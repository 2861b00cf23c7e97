"""What nodes, tokens and sessions are, and the rules about them. Pure."""
