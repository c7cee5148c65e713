"""Bounded contexts, one door each: `api.py`."""
