"""Every rule has its section, whose bad example is found by it and whose good one by none."""

import re
from pathlib import Path

import pytest

from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import parse
from andon_sdk.link.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs/reference/link-findings.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
LEFT_OUT = {"metrics-missing", "recipe-missing"}
"""Of examples, which are parts of notebooks."""


def rules(kind: str, code: str) -> set[str]:
    path = Path("/nowhere/example.ipynb" if kind == "json" else "/nowhere/example.py")
    return {finding.rule for finding in analyse(parse(code, path)).findings}


def test_each_rule_has_a_section_and_each_section_a_rule():
    assert list(SECTIONS) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_examples_are_what_they_say(rule):
    assert SECTIONS[rule].strip().startswith(f"*{RULES[rule].severity.capitalize()}.* {RULES[rule].why}")
    bad, good = re.findall(r"```(\w+)\n(.*?)\n```", SECTIONS[rule], re.DOTALL)
    assert rule in rules(*bad)
    assert rules(*good) - (LEFT_OUT - {rule}) == set()
