"""What a check says of a plugin."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to change. A plugin without findings conforms."""

    check: str
    """Name of the check."""
    where: str
    """File, hook or declaration."""
    what: str
    """What was seen, and why it matters: a sentence."""
    fix: str
    """What to do: a sentence."""

    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.what} {self.fix}"


Seen = Iterator[tuple[str, str, str]]
"""What a check yields: where, what, fix."""
