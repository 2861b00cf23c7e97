"""The agent and the guardian of a host."""
