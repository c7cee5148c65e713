"""The page on recipes of a notebook says what they can be made of; its example works."""

import re
from pathlib import Path

from andon_sdk.link.recipes.families import WHOLE
from andon_sdk.link.recipes.fitting import SCALERS
from andon_sdk.link.recipes.predictors import PREDICTORS
from andon_sdk.link.recipes.trees import MOST_LEVELS, MOST_NODES
from andon_sdk.plugin import Estimator

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/link-recipes.md").read_text("utf-8")
FAMILIES = PAGE.partition("## What can be kept as arrays")[2].partition("\n## ")[0]


def test_every_family_and_scaler_is_told():
    rows = re.findall(r"^\| (`.*?) \|", FAMILIES, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted({*WHOLE, *PREDICTORS})
    [scalers] = re.findall(r"^Each may stand after one (.*) in a `Pipeline`", FAMILIES, re.MULTILINE)
    assert re.findall(r"`(\w+)`", scalers) == list(SCALERS)


def test_bounds_are_told():
    assert f"at most {MOST_LEVELS} questions a row, and {MOST_NODES:,} nodes an asset" in FAMILIES


def test_the_example_works():
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    made: dict = {}
    exec(compile(code, "page", "exec"), made)
    assert isinstance(made["recipe"], Estimator)
    assert (made["recipe"].key, made["recipe"].contract) == ("drill-shape", "laser-drill")
