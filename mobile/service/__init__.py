"""The background service of a shift."""
