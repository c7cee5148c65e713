"""`andon capsule open` on files that tests write, without a server."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from services.fleet.capsule import Capsule

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A capsule in which nothing was judged: its parts are read, and it is told what is wrong with them."""
    place = tmp_path / "capsule.zip"
    place.write_bytes(
        Capsule.of({"score": {}, "models": [], "rows": 0}, {"rows.arrow": b"", "answers.arrow": b""}).encode()
    )
    return place


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"nothing", "The file is no capsule"), (b"PK\x05\x06" + bytes(18), "is no capsule")],
)
def test_what_is_no_capsule_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, told: str) -> None:
    place = tmp_path / "capsule.zip"
    if content is not None:
        place.write_bytes(content)
    found = CliRunner().invoke(app, ["capsule", "open", str(place), "--json"])
    assert found.exit_code == 1
    answer = json.loads(found.stdout)
    assert not answer["ok"]
    assert told in answer["error"]


def test_rows_that_cannot_be_read_are_told(empty: Path) -> None:
    found = CliRunner().invoke(app, ["capsule", "open", str(empty), "--json"])
    assert "rows cannot be read" in json.loads(found.stdout)["error"]


def test_code_that_is_no_plugin_is_told(empty: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("x.py", "")
    for place in (tmp_path, wheel):
        found = CliRunner().invoke(app, ["capsule", "open", str(empty), "--with", str(place), "--json"])
        assert f"{place} is no plugin" in json.loads(found.stdout)["error"]
