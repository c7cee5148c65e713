"""Overrides against the ranges of a blueprint."""

import math

import pytest

from andon_sdk.plugin import Blueprint
from services.blueprints.errors import ParameterOutOfRange, UnknownParameter
from services.blueprints.parameters import resolve

BLUEPRINT = Blueprint("b", "B", "1", "c", module=None, loss=None, score=None)  # type: ignore[arg-type]


def test_defaults_and_overrides() -> None:
    assert resolve(BLUEPRINT, {"epochs": 10}) == {
        "epochs": 10.0,
        "learning_rate": 1e-3,
        "batch_rows": 64.0,
        "drop_share": 0.25,
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [("epochs", 0), ("epochs", 1001), ("epochs", 2.5), ("learning_rate", 1.0), ("drop_share", math.nan)],
)
def test_out_of_range_names_field_value_and_range(key: str, value: float) -> None:
    with pytest.raises(ParameterOutOfRange) as caught:
        resolve(BLUEPRINT, {key: value})
    known = {parameter.key: parameter for parameter in BLUEPRINT.parameters}[key]
    assert caught.value.field == f"parameters.{key}"
    assert (caught.value.facts["low"], caught.value.facts["high"]) == (known.low, known.high)
    assert caught.value.facts["value"] == value or math.isnan(value)


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownParameter) as caught:
        resolve(BLUEPRINT, {"epoch": 1})
    assert caught.value.field == "parameters.epoch"
    assert caught.value.facts["known"] == ("epochs", "learning_rate", "batch_rows", "drop_share")
