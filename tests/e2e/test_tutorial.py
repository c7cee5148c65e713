"""The tutorials are executed, from the first block to the last, against a whole running platform with the demo."""

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

PAGES = Path(__file__).parents[2] / "docs/tutorial"


def executed(page: str) -> dict[str, Any]:
    """What the page's blocks leave behind."""
    known: dict[str, Any] = {}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", (PAGES / page).read_text("utf-8"), re.DOTALL)):
        exec(compile(block, f"{page}, block {number + 1}", "exec"), known)
    return known


def test_the_first_day_goes_as_it_is_written(running, monkeypatch):
    monkeypatch.setenv("ANDON_URL", running.url)
    monkeypatch.setenv("ANDON_KEY", running.key("acme"))
    assert executed("first-day.md")["result"]["state"] == "SUCCEEDED"


def test_fifty_models_of_three_families_answer(running, fleet_tenant, monkeypatch):
    monkeypatch.setenv("ANDON_URL", running.url)
    monkeypatch.setenv("ANDON_KEY", running.key(fleet_tenant))
    left = executed("fifty-models.md")
    assert left["course"]["totalCount"] == 50
    assert len(left["served"]) >= 45, "the machines are sound, few may be unlucky"
    assert sum(table.num_rows for table in left["answers"].values()) == 20 * len(left["served"])
