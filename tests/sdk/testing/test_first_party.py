"""Every plugin that comes with Andon passes the kit that partners are given."""

import pytest

from andon_sdk.plugin.loading import find
from andon_sdk.testing import CHECKS, Subject, examine

PLUGINS = [distribution.name for distribution, _ in find()]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_it_conforms(plugin):
    subject = Subject.installed(plugin)
    assert [str(finding) for check in CHECKS for finding in examine(subject, check)] == []


def test_there_are_some():
    assert {"andon-any-machine", "andon-gas-turbine", "andon-laser-drill", "andon-water-loop"} <= set(PLUGINS)
