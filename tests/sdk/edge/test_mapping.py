"""Settings of a file, filled with what Andon says of sources that are mapped in its portal."""

import pytest

from andon_sdk.connector import Tag
from andon_sdk.edge.config import AssetPart, load
from andon_sdk.edge.errors import ConfigRefused
from andon_sdk.edge.mapping import NONE, Mapping, filled, keep, parts_of, read

FILE = """
[andon]
url = "http://127.0.0.1:1"
key = { env = "KEY" }
[buffer]
folder = "buffer"
[[source]]
name = "plc"
connector = "opc-ua"
mapping = "portal"
[[source]]
name = "log"
connector = "sql"
[[source.asset]]
contract = "pump"
asset = "pump-1"
signals = { flow = "f1" }
"""
SAID = [{"asset": "pump-2", "contract": "pump", "signals": {"flow": {"tag": "f2", "unit": "m3/h", "scale": 2.0}}}]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", "andon_secret")
    path = tmp_path / "edge.toml"
    path.write_text(FILE)
    return load(path)


def test_only_sources_that_are_mapped_in_the_portal_are_filled(config):
    plc, log = filled(config, Mapping(3, {"plc": SAID, "log": SAID})).source
    assert plc.asset == (AssetPart.model_validate(SAID[0]),)
    assert plc.asset[0].signals["flow"].scale == 2.0
    assert log == config.source[1]
    assert filled(config, NONE) == config


def test_an_asset_that_the_file_feeds_too_is_refused(config):
    twice = [SAID[0] | {"asset": "pump-1"}]
    with pytest.raises(ValueError, match="pump-1 of pump stands twice"):
        filled(config, Mapping(1, {"plc": twice}))


def test_the_mapping_is_kept_for_a_start_without_andon(tmp_path):
    assert read(tmp_path) == NONE
    keep(tmp_path, Mapping(7, {"plc": SAID}))
    assert read(tmp_path) == Mapping(7, {"plc": SAID})


def test_a_source_is_mapped_in_one_place(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", "andon_secret")
    path = tmp_path / "edge.toml"
    path.write_text(FILE.replace('connector = "sql"\n', 'connector = "sql"\nmapping = "portal"\n'))
    with pytest.raises(ConfigRefused, match="it is said on the page Edges of Andon"):
        load(path)


@pytest.mark.parametrize(
    ("tags", "sizes"),
    [
        ([], [0]),
        ([Tag(str(number)) for number in range(2_500)], [1_000, 1_000, 500]),
        ([Tag("a" * 400, path=("b" * 100,))] * 450, [200, 200, 50]),
        ([Tag("a" * 200_000)] * 2, [1, 1]),
    ],
)
def test_tags_are_told_in_parts_that_the_gateway_takes(tags, sizes):
    parts = parts_of(tags)
    assert [len(part) for part in parts] == sizes
    assert [tag for part in parts for tag in part] == tags
