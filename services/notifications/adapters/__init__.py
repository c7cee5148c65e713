"""The way out to mail servers."""
