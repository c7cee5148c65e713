import re
from pathlib import Path

from gateway.settings import GatewaySettings
from gateway.telemetry import Meters

PAGE = (Path(__file__).parents[2] / "docs/reference/gateway.md").read_text("utf-8")


def test_every_setting_is_documented_and_every_documented_setting_exists():
    documented = re.findall(r"^\| `ANDON_GATEWAY_([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert [name.lower() for name in documented] == list(GatewaySettings.model_fields)


def test_numbers_stand_as_they_are():
    for name, default in re.findall(r"^\| `ANDON_GATEWAY_([A-Z_]+)` \| (\d+) \|", PAGE, re.MULTILINE):
        assert GatewaySettings.model_fields[name.lower()].default == float(default)


def test_every_metric_is_documented():
    documented = set(re.findall(r"^\| `(andon_[a-z_]+)` \|", PAGE, re.MULTILINE))
    present = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in Meters().registry.collect()
    }
    assert documented == present
