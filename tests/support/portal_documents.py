"""What the portal asks, word for word: its operations with the fragments they use."""

import re
from functools import cache

from infra.settings import REPOSITORY

_DEFINITION = re.compile(r"^(query|mutation|subscription|fragment) (\w+).*?^\}", re.DOTALL | re.MULTILINE)


@cache
def _definitions() -> dict[tuple[bool, str], str]:
    """By (is a fragment, name)."""
    files = sorted((REPOSITORY / "gateway" / "portal" / "src").rglob("*.graphql"))
    found = (each for file in files for each in _DEFINITION.finditer(file.read_text(encoding="utf-8")))
    return {(each[1] == "fragment", each[2]): each[0] for each in found}


def document(name: str) -> str:
    """The operation of that name, with its fragments."""
    parts = {name: _definitions()[False, name]}
    waiting = [name]
    while waiting:
        for fragment in re.findall(r"\.\.\.(\w+)", parts[waiting.pop()]):
            if fragment not in parts:
                parts[fragment] = _definitions()[True, fragment]
                waiting.append(fragment)
    return "\n".join(parts.values())
