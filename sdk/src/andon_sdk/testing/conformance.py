"""The kit as tests of the plugin itself."""

from typing import ClassVar

import pytest

from andon_sdk.testing.kit import CHECKS, examine
from andon_sdk.testing.subject import Subject


class Conformance:
    """Subclass it in a plugin's tests and name the plugin; each check is a test.

    Tests of the kit cannot be overridden: a plugin that passes has passed what every other did.
    """

    plugin: ClassVar[str]
    """Name of the distribution: of the project in the current folder, or an installed one."""

    def __init_subclass__(cls) -> None:
        if taken := sorted({name for name in vars(cls) if name.startswith("test_")} & set(dir(Conformance))):
            raise TypeError(f"{cls.__name__} overrides {taken[0]}, which belongs to the kit: call yours otherwise.")

    @pytest.fixture(scope="class")
    def subject(self) -> Subject:
        """The plugin, imported once."""
        return Subject.named(self.plugin)

    @pytest.mark.parametrize("check", CHECKS)
    def test_it_conforms(self, subject: Subject, check: str) -> None:
        findings = list(examine(subject, check))
        assert not findings, "\n".join(str(finding) for finding in findings)
