"""Real stores and a wire harness for tests."""
