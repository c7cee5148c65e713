"""The language that says which labels an asset has, in the manner of Kubernetes' label selectors.

    query       = [ requirement { "," requirement } ]           all must hold
    requirement = key | "!" key                                 has it, has it not
                | key ( "=" | "!=" ) value
                | key ( "in" | "notin" ) "(" value { "," value } ")"
    value       = word | '"' { character | '\\"' | '\\\\' } '"'

A word goes on to the next space or one of `, ( ) = ! "`. As in Kubernetes, `!=` and `notin` hold for an asset without
the label as well. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

import re
from dataclasses import dataclass

from services.assets.errors import LabelQueryInvalid
from services.assets.labels import KEY, KEY_RULE, VALUE_RULE, is_value, shown

LONGEST_QUERY = 2_000
MOST_REQUIREMENTS = 32
_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r'[^\s,()=!"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """Of one label: it is there, with one of `values` unless those are None; `negated` turns the whole round."""

    key: str
    values: tuple[str, ...] | None = None
    negated: bool = False

    def __str__(self) -> str:
        if self.values is None:
            return f"!{self.key}" if self.negated else self.key
        values = [_rendered(value) for value in self.values]
        if len(values) == 1:
            return f"{self.key}{'!=' if self.negated else '='}{values[0]}"
        return f"{self.key} {'notin' if self.negated else 'in'} ({', '.join(values)})"


def parse(text: str) -> tuple[Requirement, ...]:
    """What must hold all together; nothing for an empty text. Raises `LabelQueryInvalid`."""
    if len(text) > LONGEST_QUERY:
        message = f"A label query has at most {LONGEST_QUERY} characters, and this one has {len(text)}."
        raise LabelQueryInvalid(message, field="labels", limit=LONGEST_QUERY)
    query = _Reader(text).query()
    if len(query) > MOST_REQUIREMENTS:
        message = f"A label query has at most {MOST_REQUIREMENTS} requirements, and this one has {len(query)}."
        raise LabelQueryInvalid(message, field="labels", limit=MOST_REQUIREMENTS)
    return query


def render(query: tuple[Requirement, ...]) -> str:
    """The text that `parse` reads as `query`."""
    return ", ".join(map(str, query))


def _rendered(value: str) -> str:
    if _WORD.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


class _Reader:
    """Goes through the text once; `at` is where the next token begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip()

    def query(self) -> tuple[Requirement, ...]:
        if self._ended():
            return ()
        found = [self._requirement()]
        while not self._ended():
            self._expect(",", "“,” or the end")
            found.append(self._requirement())
        return tuple(found)

    def _requirement(self) -> Requirement:
        if self._take("!"):
            return Requirement(self._key(), None, negated=True)
        key = self._key()
        if self._take("!="):
            return Requirement(key, (self._value(),), negated=True)
        if self._take("="):
            return Requirement(key, (self._value(),))
        start = self._at
        word = self._match(_WORD)
        if word is None:
            return Requirement(key)
        if word[0] not in ("in", "notin"):
            raise self._wrong("=, !=, in, notin, “,” or the end", start)
        return Requirement(key, self._values(), negated=word[0] == "notin")

    def _values(self) -> tuple[str, ...]:
        self._expect("(", "“(”")
        found = [self._value()]
        while not self._take(")"):
            self._expect(",", "“,” or “)”")
            found.append(self._value())
        return tuple(found)

    def _key(self) -> str:
        start = self._at
        word = self._match(_WORD)
        if word is None or not KEY.fullmatch(word[0]):
            raise self._wrong(f"a label's key ({KEY_RULE})", start)
        return word[0]

    def _value(self) -> str:
        start = self._at
        if quoted := self._match(_QUOTED):
            value = _ESCAPED.sub(r"\1", quoted[1])
        elif word := self._match(_WORD):
            value = word[0]
        else:
            raise self._wrong('a value, in quotes if it is empty or holds a space or one of , ( ) = ! "', start)
        if not is_value(value):
            raise self._wrong(f"a value of {VALUE_RULE}", start)
        return value

    def _ended(self) -> bool:
        return self._at == len(self._text)

    def _take(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        self._skip()
        return True

    def _expect(self, sign: str, expected: str) -> None:
        if not self._take(sign):
            raise self._wrong(expected, self._at)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
            self._skip()
        return found

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _wrong(self, expected: str, at: int) -> LabelQueryInvalid:
        rest = self._text[at:]
        word = _WORD.match(rest)
        there = f"“{shown(word[0] if word else rest[0])}”" if rest else "the end"
        return LabelQueryInvalid(
            f"The label query is wrong at character {at + 1}: expected {expected}, found {there}.",
            field="labels",
            position=at + 1,
            expected=expected,
        )
