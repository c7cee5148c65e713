"""Patterns of topics: which messages are read, and what the tag of a message is called.

`plant/{line}/+/{tag}` matches like the MQTT filter `plant/+/+/+` and gives names to levels, which a template such as
`{line}/{tag}` puts together. `#` at the end takes all that follows.
"""

import re
from string import Formatter

_LEVEL = re.compile(r"\{([a-z_]+)\}")
ALWAYS = {"topic", "name"}
"""Fields of a template beside the pattern's: the whole topic, and the name of one value of several."""


class Pattern:
    """Raises `ValueError` for what is no filter, naming the level."""

    def __init__(self, text: str) -> None:
        levels = text.split("/")
        self.fields: list[str] = []
        self._filter: list[str] = []
        matching: list[str] = []
        for place, level in enumerate(levels):
            if named := _LEVEL.fullmatch(level):
                self._name(named[1])
                matching.append(f"(?P<{named[1]}>[^/]*)")
                self._filter.append("+")
                continue
            if level not in ("+", "#") and re.search(r"[+#{}\0]", level):
                raise ValueError(f"the level “{level}” is no name, no {{name}} (a to z and _), no + and no #")
            if level == "#" and place != len(levels) - 1:
                raise ValueError("# may only be the last level")
            matching.append({"+": "[^/]*", "#": ".*"}.get(level, re.escape(level)))
            self._filter.append(level)
        joined = "/".join(matching)
        if levels[-1] == "#":  # "a/#" takes "a" too
            joined = "/".join(matching[:-1]) + "(?:/.*)?" if len(levels) > 1 else ".*"
        self._regex = re.compile(joined, re.DOTALL)

    def _name(self, name: str) -> None:
        if name in self.fields or name in ALWAYS:
            raise ValueError(f"the name {{{name}}} is taken")
        self.fields.append(name)

    @property
    def filter(self) -> str:
        """For the broker."""
        return "/".join(self._filter)

    def match(self, topic: str) -> dict[str, str] | None:
        """Names of levels with what they are in this topic; None when it is another topic."""
        found = self._regex.fullmatch(topic)
        if found is None or (topic.startswith("$") and self._filter[0] in ("+", "#")):
            return None
        return found.groupdict()


def fields(template: str) -> set[str]:
    """Names a template asks for. Raises `ValueError` for one that asks for more than names."""
    asked = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template) if name is not None]
    for name, spec, conversion in asked:
        if not name.replace("_", "").isalpha() or spec or conversion:
            raise ValueError(f"“{template}” may hold {{name}} and nothing else in braces")
    return {name for name, _, _ in asked}
