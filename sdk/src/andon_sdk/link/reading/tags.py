"""From a cell's tags to what it is there for."""

import re
from collections.abc import Iterable

from andon_sdk.link.contracts import Cell, Role

STEP = "step:"
PLAIN = {role.value: role for role in Role if role is not Role.STEP}
STEP_MAGIC = re.compile(r"\s*(?:# )?%%step\s+(?P<name>\S+)\s*(?:\n|\Z)")
"""`%%step clean`, in Python's text also behind a comment."""


def tagged(number: int, source: str, tags: Iterable[str], executed: int | None = None) -> Cell:
    """The cell with the role its tags give it, or its first line. Without one of ours it is skipped."""
    tags = tuple(dict.fromkeys(tags))
    if (magic := STEP_MAGIC.match(source)) and f"{STEP}{magic['name']}" not in tags:
        tags = (*tags, f"{STEP}{magic['name']}")
    for tag in tags:
        if tag in PLAIN:
            return Cell(number, source, PLAIN[tag], executed=executed, tags=tags)
        if tag.startswith(STEP) and len(tag) > len(STEP):
            return Cell(number, source, Role.STEP, tag.removeprefix(STEP), executed, tags)
    return Cell(number, source, Role.SKIP, executed=executed, tags=tags)
