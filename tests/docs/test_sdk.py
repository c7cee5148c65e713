"""The pages on the SDK say what the SDK is: commands, options, checks, extras, keys of a manifest, states."""

import argparse
import re
import tomllib
from pathlib import Path

import pytest

from andon_sdk.command import _parser
from andon_sdk.package import State, parse
from andon_sdk.package.manifest import KEYS
from andon_sdk.testing import CHECKS

ROOT = Path(__file__).resolve().parents[2]
SDK = (ROOT / "docs/reference/sdk.md").read_text("utf-8")
MANIFEST = (ROOT / "docs/reference/manifest.md").read_text("utf-8")


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def first_column(text: str) -> list[str]:
    return [
        name for cell in re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)
    ]


def commands(parser: argparse.ArgumentParser, name: str = "") -> dict[str, argparse.ArgumentParser]:
    """By the words after `andon-sdk`, those of groups too."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        return {name: parser}
    return {
        told: each
        for group in groups
        for word, inner in group.choices.items()
        for told, each in commands(inner, f"{name} {word}".strip()).items()
    }


def test_every_command_and_option_is_told():
    parsers = commands(_parser())
    told = dict(re.findall(r"^\| `andon-sdk ((?:link )?\w+)(.*)", section(SDK, "The command"), re.MULTILINE))
    assert sorted(told) == sorted(parsers)
    for name, parser in parsers.items():
        options = {option for action in parser._actions for option in action.option_strings} - {"-h", "--help"}
        assert options == set(re.findall(r"--[a-z-]+", told[name])), name


def test_every_check_is_told_in_order():
    assert first_column(section(SDK, "The conformance kit")) == list(CHECKS)


def test_every_extra_is_told():
    extras = tomllib.loads((ROOT / "sdk/pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert sorted(first_column(SDK.partition("## ")[0])) == sorted(extras)


def test_the_base_depends_on_two_small_libraries():
    about = tomllib.loads((ROOT / "sdk/pyproject.toml").read_text("utf-8"))["project"]
    assert [re.split(r"[>=]", each)[0] for each in about["dependencies"]] == ["pluggy", "typing-extensions"]


def test_every_key_of_a_manifest_is_told_and_the_one_shown_is_read():
    assert sorted(first_column(MANIFEST.partition("## ")[0])) == sorted(KEYS)
    shown = re.search(r"^```toml\n(.*?)^```", MANIFEST, re.MULTILINE | re.DOTALL)
    assert shown is not None
    form = b'{"type": "object", "properties": {}}'
    manifest = parse(shown[1].encode(), name="andon-pump", version="1", package="andon_pump", settings=form)
    assert manifest.texts("de").title == "Pumpen"
    assert set(tomllib.loads(shown[1])) == KEYS


@pytest.mark.parametrize("state", State)
def test_every_state_is_told(state):
    assert state in first_column(section(MANIFEST, "States"))
