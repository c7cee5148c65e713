"""The tutorial is executed, from its first block to its last, against a whole running platform with the demo."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

PAGE = (Path(__file__).parents[2] / "docs/tutorial/first-day.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.timeout(2400)
def test_the_first_day_goes_as_it_is_written(running, monkeypatch):
    monkeypatch.setenv("ANDON_URL", running.url)
    monkeypatch.setenv("ANDON_KEY", running.key("acme"))
    known: dict[str, object] = {}
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"first-day.md, block {number + 1}", "exec"), known)
    assert known["result"]["state"] == "SUCCEEDED"
