"""The page on Link names every word of `%link`, every kind of value, and every mark."""

import argparse
import re
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from andon_sdk.link.handover.nodes import kinds
from andon_sdk.link.magics import LinkMagics
from andon_sdk.link.standing import RELATIVE, Mark

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/link.md").read_text("utf-8")


def column(heading: str) -> list[str]:
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    cells = re.findall(r"^\| (`[^|]+`) \|", section[1], re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def test_every_word_is_told():
    shell = InteractiveShell()
    [words] = (each for each in LinkMagics(shell)._parser._actions if isinstance(each, argparse._SubParsersAction))
    told = {line.removeprefix("%link").split(" ")[1] for line in column("In a notebook") if " " in line}
    assert told == set(words.choices)


def test_every_kind_of_value_is_told():
    assert sorted(column("What can be handed over")) == sorted(kind.name for kind in kinds())


def test_every_mark_is_told():
    assert column("The proof") == [mark.value for mark in Mark]
    assert f"off by {RELATIVE:.0e} of its value".replace("e-06", "e-6") in PAGE
