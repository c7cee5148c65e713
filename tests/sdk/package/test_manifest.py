"""What a manifest may say, and what is said of one that may not."""

import json

import pytest
from pydantic import BaseModel, SecretStr
from wheels import MANIFEST

from andon_sdk.package import ManifestRefused, manifest_in, parse


class Settings(BaseModel):
    url: str
    password: SecretStr
    rows: int = 500


SCHEMA = json.dumps(Settings.model_json_schema()).encode()


def read(content: str, settings: bytes | None = None):
    return parse(content.encode(), name="andon-pump", version="1.0", package="andon_pump", settings=settings)


def test_settings_are_a_form_with_secrets_apart():
    manifest = read('settings = "andon_pump.settings:Settings"\n' + MANIFEST, SCHEMA)
    assert manifest.settings_model == "andon_pump.settings:Settings"
    assert manifest.settings is not None
    assert list(manifest.settings["properties"]) == ["url", "password", "rows"]
    assert manifest.secrets == ("password",)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("manifest = 1", "manifest = 2", "manifest must be 1, the only kind this SDK reads, not 2."),
        ("manifest = 1", "manifest = 1\nsectors = []", "sectors is no key of a manifest: leave it out."),
        ('"Pumps"', "7", "title must be one line of 1 to 300 characters, and is not that: 7."),
        ('"Pumps"', '"a\\nb"', "title must be one line of 1 to 300 characters, and is not that: 'a\\nb'."),
        ('title = "Pumps"\n', "", "title must be one line of 1 to 300 characters, and is missing."),
        (
            '"water"',
            '"Water & Co"',
            "sector must be words in small letters with dashes between, or any, not 'Water & Co'.",
        ),
        ('["contracts", "alarm_rules"]', "[]", "capabilities must name the hooks the plugin implements."),
        (
            '["contracts", "alarm_rules"]',
            '"contracts"',
            "capabilities must be a list of at most 50 texts, not 'contracts'.",
        ),
        ('"alarm_rules"]', '"contracts"]', "capabilities names something twice."),
        ('"alarm_rules"]', '"alarms"]', "capability 'alarms' is no hook that this andon-sdk knows; it knows"),
        ("example.com:4840", "example.com", "host 'historian.example.com' must be `name:port` in small letters"),
        ("historian.", "*.", "host '*.example.com:4840' must be `name:port` in small letters, without a wildcard."),
        (":4840", ":70000", "host 'historian.example.com:70000' must be `name:port`"),
        ("locales.de", "locales.German", "locales.'German' must be a language such as `de` with title and summary."),
        ("manifest = 1", 'manifest = 1\nsettings = "os:path"', "settings must be `andon_pump.module:Class`"),
    ],
)
def test_each_mistake_has_its_sentence(old, new, reason):
    assert old in MANIFEST
    with pytest.raises(ManifestRefused) as caught:
        read(MANIFEST.replace(old, new))
    assert caught.value.reasons[0].startswith(f"andon-plugin.toml: {reason}")


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ManifestRefused) as caught:
        read('title = ""\nsummary = 1')
    assert len(caught.value.reasons) == 6


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (None, "andon-plugin.toml: settings and the file andon-settings.json belong together"),
        (b"{", "andon-settings.json is not JSON"),
        (b"[" * 100_000, "andon-settings.json is not JSON"),
        (b'{"type": "array"}', "andon-settings.json is not the JSON Schema of an object with properties"),
        (b" " * 300_000, "andon-settings.json has 300000 bytes; 256000 are read at most."),
    ],
)
def test_a_form_that_is_none_is_refused(settings, reason):
    with pytest.raises(ManifestRefused) as caught:
        read('settings = "andon_pump.settings:Settings"\n' + MANIFEST, settings)
    assert caught.value.reasons[0].startswith(reason)


def test_a_package_without_one_is_told_to_write_one(tmp_path):
    with pytest.raises(ManifestRefused, match=r"has no andon-plugin\.toml: write one"):
        manifest_in(tmp_path, name="andon-pump", version="1.0")
