"""Template machine. See the README."""
