"""The pages of the connectors list the settings that there are, with their defaults."""

import re
from pathlib import Path

import pytest
from andon_mqtt.broker import BrokerSettings
from andon_mqtt.plugin import MQTT, SPARKPLUG
from andon_mqtt.sparkplug.source import SparkplugSettings
from andon_mqtt.topic_settings import MqttSettings, TopicSettings
from pydantic import BaseModel

from andon_sdk.connector import installed

PAGES = Path(__file__).resolve().parents[3] / "docs/reference/connectors"
BROKER = set(BrokerSettings.model_fields)


def settings(model: type[BaseModel], without: set[str]) -> set[tuple[str, str]]:
    found = set()
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        said = (
            str(default).lower() if isinstance(default, bool) else "none" if default in (None, "", []) else str(default)
        )
        found.add((name, "needed" if field.is_required() else said))
    return {(name, default) for name, default in found if name not in without}


@pytest.mark.parametrize(
    ("page", "there"),
    [
        ("mqtt.md", settings(MqttSettings, BROKER) | settings(TopicSettings, set()) | settings(BrokerSettings, set())),
        ("sparkplug-b.md", settings(SparkplugSettings, BROKER)),
    ],
)
def test_every_setting_stands_in_its_page(page, there):
    rows = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \| [^|]+ \|$", (PAGES / page).read_text("utf-8"), re.MULTILINE)
    assert set(rows) == there


def test_every_setting_has_a_sentence():
    for model in (MqttSettings, TopicSettings, SparkplugSettings):
        assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_both_are_offered_by_the_installed_plugin():
    found = installed()
    assert (found["mqtt"], found["sparkplug-b"]) == (MQTT, SPARKPLUG)
