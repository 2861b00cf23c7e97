"""Values and rules of images: pure."""
