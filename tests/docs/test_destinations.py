"""The reference of destinations says what the SDK and the plugins do."""

import re
from pathlib import Path

from andon_sdk.destination import Moment, installed
from andon_sdk.edge.config import load
from andon_sdk.edge.outward.way import opened

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/destinations.md").read_text("utf-8")
HEAD = """[andon]
url = "https://andon.example"
key = { env = "CMMS_AUTHORIZATION" }

[buffer]
folder = "/var/lib/andon-edge"
"""


def section(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def rows(text: str) -> set[str]:
    """Names in the first column of its table."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_each_moment_is_told_of():
    assert rows(section("Moments")) == set(Moment)


def test_each_destination_has_a_section_and_each_section_names_settings_it_has():
    for key, destination in installed().items():
        named = rows(section(key))
        assert named
        assert named <= destination.settings.model_fields.keys()


def test_the_example_is_a_file_that_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("CMMS_AUTHORIZATION", "Bearer x")
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "edge.toml"
    file.write_text(HEAD + example, "utf-8")
    [part] = load(file).destination
    assert opened(part, "edge.toml").settings.create.body["machine"] == "$asset"
    assert part.patience_min == 15
