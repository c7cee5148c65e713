"""The reference of webhooks is what the code does."""

import re
from datetime import timedelta
from pathlib import Path

from services.webhooks import model
from services.webhooks.adapters import post
from services.webhooks.catalogue import MOST_ASSETS, PING, TYPES
from services.webhooks.sender import Pace

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/webhooks.md").read_text("utf-8")
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


def test_every_type_is_listed_with_its_data_and_every_listed_type_exists():
    listed = re.findall(r"^\| `([a-z.]+)` \| ([^|]+) \|( [^|]+)? \|", PAGE, re.MULTILINE)
    found = {name: (means, tuple(re.findall(r"`(\w+)`", data))) for name, means, data in listed}
    assert found.pop(PING)[1] == ()
    assert found == {each.name: (each.means, each.data) for each in TYPES.values()}


def test_every_field_is_explained():
    table = PAGE.split("| field | is |")[1].split("\n\n")[0]
    explained = {
        name for cell in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    assert explained == {name for each in TYPES.values() for name in each.data}


def test_the_schedule_stands_as_it_is():
    rows = re.findall(r"^\| (\d+) \| (\d+) (\w+) \|", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, model.MOST_TRIES))
    waits = tuple(timedelta(seconds=int(amount) * UNITS[unit]) for _, amount, unit in rows)
    assert waits == model.SCHEDULE


def test_limits_stand_as_they_are():
    for said in (
        f"{post.TIMEOUT_S:.0f} seconds for the whole answer",
        f"{post.MOST_READ:,} bytes are read",
        f"{model.PATIENCE.days} days without one success",
        f"go after {model.KEPT.days} days",
        f"{Pace().under_way} requests under way",
        f"{model.MOST_ENDPOINTS} endpoints at most",
        f"at most {MOST_ASSETS} ids",
        f"at most {MOST_ASSETS} pairs",
    ):
        assert said in PAGE, said
