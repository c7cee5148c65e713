"""The way out to providers."""
