"""What use cases and loops need from the world."""
