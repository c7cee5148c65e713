"""What every plugin has to show."""

from andon_sdk.testing import Conformance


class TestConformance(Conformance):
    plugin = "andon-template"
