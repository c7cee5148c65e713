"""Pages of connectors list the settings that there are, with their defaults."""

import re
from pathlib import Path

import pytest
from andon_modbus.settings import ModbusSettings, Register
from andon_opcua.settings import OpcUaSettings
from andon_s7.settings import S7Settings, Variable
from pydantic import BaseModel

PAGES = Path(__file__).resolve().parents[2] / "docs/reference/connectors"
MODELS = [
    ("opc-ua", "setting", OpcUaSettings),
    ("modbus", "setting", ModbusSettings),
    ("modbus", "of a tag", Register),
    ("s7", "setting", S7Settings),
    ("s7", "of a tag", Variable),
]


def rows(page: str, head: str) -> list[tuple[list[str], str]]:
    """Names and default of each row of the table whose first column has that head."""
    text = (PAGES / f"{page}.md").read_text("utf-8")
    table = text.partition(f"| {head} | default |")[2].partition("\n\n")[0]
    return [
        (re.findall(r"`(\w+)`", names), default)
        for names, default in re.findall(r"^\| (.+?) \| (.*?) ?\|", table, re.M)
    ]


@pytest.mark.parametrize(("page", "head", "model"), MODELS)
def test_all_settings_are_there_and_no_others(page: str, head: str, model: type[BaseModel]):
    assert sorted(name for names, _ in rows(page, head) for name in names) == sorted(model.model_fields)


@pytest.mark.parametrize(("page", "head", "model"), MODELS)
def test_defaults_are_those_of_the_code(page: str, head: str, model: type[BaseModel]):
    """Of those that are a number or a word; what is made or computed is told in words."""
    for names, said in rows(page, head):
        defaults = [model.model_fields[name].default for name in names]
        plain = [default for default in defaults if isinstance(default, int | float) and not isinstance(default, bool)]
        for default in plain:
            assert f"{default:g}" in re.sub(r"(\d),(\d)", r"\1\2", said).replace(".0", "").split(" s")[0], names
