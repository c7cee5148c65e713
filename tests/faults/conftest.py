"""Fixtures shared with the tests of the services."""

from drill_plant import drills
from training_plant import until

__all__ = ["drills", "until"]
