"""Images and uploads."""
