"""Demos: tenants that show the platform at work, made through the public API."""
