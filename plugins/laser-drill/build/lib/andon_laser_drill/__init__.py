"""Laser drills of one specification, each with parts and parameters of its own. See the README."""
