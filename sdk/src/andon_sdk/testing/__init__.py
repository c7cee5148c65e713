"""The conformance kit: what every plugin has to show before Andon can rely on it. Needs the extra `testing`.

As a command, `andon-sdk check PATH`. As part of a plugin's own tests:

from andon_sdk.testing import Conformance

class TestConformance(Conformance):
    plugin = "andon-pump"
"""

from andon_sdk.testing.conformance import Conformance
from andon_sdk.testing.finding import Finding
from andon_sdk.testing.kit import CHECKS, examine
from andon_sdk.testing.subject import Subject

__all__ = ["CHECKS", "Conformance", "Finding", "Subject", "examine"]
