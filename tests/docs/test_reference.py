"""Settings and commands of the reference are those of the code, no more and no less."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli import app
from infra.settings import Settings

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
SETTINGS = (REFERENCE / "settings.md").read_text("utf-8")
CLI = (REFERENCE / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (andon [a-z -]+)\n(.*?)(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL))
EVERYWHERE = {"--json", "--home"}


def variable(field: str) -> str:
    """The environment variable a setting is read from."""
    alias = Settings.model_fields[field].validation_alias
    if alias is not None:
        return next(str(choice) for choice in alias.choices if str(choice).isupper())  # type: ignore[union-attr]
    return f"{Settings.model_config['env_prefix']}{field}".upper()  # type: ignore[operator]


def commands(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    for key, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {key}")
        else:
            yield f"{name} {key}", command


COMMANDS = dict(commands(typer.main.get_command(app), "andon"))


def options(command: Any) -> set[str]:
    """Arguments in capitals, options with all their spellings."""
    found: set[str] = set()
    for parameter in command.params:
        argument = parameter.param_type_name == "argument"
        found |= {parameter.name.upper()} if argument else {*parameter.opts, *parameter.secondary_opts}
    return found - EVERYWHERE


def documented(section: str) -> set[str]:
    """Names in the first column of a section's table."""
    cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_setting_has_its_entry_and_every_entry_is_a_setting():
    listed = re.findall(r"^\| `([A-Z0-9_]+)` \|", SETTINGS, re.MULTILINE)
    assert sorted(listed) == sorted(variable(field) for field in Settings.model_fields)


@pytest.mark.parametrize("field", [field for field in Settings.model_fields if field != "home"])
def test_defaults_stand_as_they_are(field):
    row = re.search(rf"^\| `{variable(field)}` \| ([^|]+) \|", SETTINGS, re.MULTILINE)
    assert row is not None
    default = Settings.model_fields[field].default
    assert row[1] == ("none" if default is None else str(default).lower())


def test_every_command_has_its_section_and_every_section_is_a_command():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_of_a_command_is_documented_and_exists(command):
    assert documented(SECTIONS[command]) == options(COMMANDS[command])


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_options_of_every_command_are_options_of_every_command(command):
    taken = {name for parameter in COMMANDS[command].params for name in parameter.opts}
    assert taken >= EVERYWHERE
