"""The checks, each a generator of where, what and fix."""
