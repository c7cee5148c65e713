"""The file of settings: what is wrong in it is told with its line and field."""

from pathlib import Path

import pytest

from andon_sdk.edge.config import load
from andon_sdk.edge.errors import ConfigRefused

GOOD = """
[andon]
url = "https://andon.example"
key = { env = "EDGE_KEY" }

[buffer]
folder = "/var/lib/andon-edge"

[[source]]
name = "line-1"
connector = "files"
settings = { folder = "/srv/drop" }

[[source.asset]]
contract = "pump"
asset = "pump-1"
[source.asset.signals]
temperature = "T"
pressure = { tag = "P", scale = 0.1, hold_s = 60 }

[[source.asset]]
contract = "pump"
asset = "pump-2"
signals = { temperature = "T2" }
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGE_KEY", "andon_secret")

    def write(text: str) -> Path:
        file = tmp_path / "edge.toml"
        file.write_text(text)
        return file

    return write


def test_a_good_file_is_read(write):
    config = load(write(GOOD))
    [source] = config.source
    assert config.andon.key.get_secret_value() == "andon_secret"
    assert "andon_secret" not in repr(config)
    assert (config.buffer.hours, config.buffer.max_gb) == (168.0, 20.0)
    assert [part.asset for part in source.asset] == ["pump-1", "pump-2"]
    assert source.asset[0].signals["temperature"].tag == "T"
    assert source.asset[0].signals["pressure"].scale == 0.1


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('url = "https', 'url = "ftp', 3, "andon.url: String should match pattern"),
        ('{ env = "EDGE_KEY" }', '"andon_abc"', 4, "andon.key: a secret is not written here"),
        ('"EDGE_KEY"', '"NOT_THERE"', 4, "andon.key: the environment variable NOT_THERE is not set."),
        ('name = "line-1"', 'name = "line 1"', 10, "source.0.name: String should match pattern"),
        ('connector = "files"', 'conector = "files"', 9, "source.0.connector: Field required"),
        ("scale = 0.1", "scale = 0", 19, "source.0.asset.0.signals.pressure: a scale of 0"),
        ("hold_s = 60", "hold_s = -1", 19, "source.0.asset.0.signals.pressure.hold_s: Input should be greater"),
        ('{ temperature = "T2" }', "{}", 24, "source.0.asset.1.signals: Dictionary should have at least 1 item"),
        ('asset = "pump-2"', 'asset = "pump-1"', None, "asset pump-1 of pump stands twice"),
        ('folder = "/var/lib/andon-edge"', 'folder = "/x"\nhours = 10', 8, "buffer.hours: Input should be greater"),
        ("[buffer]", "[buffer", 6, "is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write, old, new, line, said):
    assert old in GOOD
    with pytest.raises(ConfigRefused) as refused:
        load(write(GOOD.replace(old, new)))
    assert refused.value.line == line, refused.value
    assert said in str(refused.value)
    assert "andon_abc" not in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigRefused, match=r"edge\.toml: cannot be read"):
        load(tmp_path / "edge.toml")
