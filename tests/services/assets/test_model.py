"""Rules of the plant model."""

from dataclasses import replace

import pytest

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets import model
from services.assets.contracts import NewAsset
from services.assets.errors import AssetInvalid, ContractNarrowed

FLOW = Signal("flow", "Coolant flow", "l/min", 0.0, 40.0, Importance.ESSENTIAL)
HEAT = Signal("heat", "Lens temperature", "degC", -20.0, 120.0)
DRILL = Contract("drill", "Drill", (FLOW, HEAT), period_s=1.0)


def test_contract_survives_json():
    assert model.contract_from_json(model.contract_to_json(DRILL)) == DRILL


def test_digest_tells_contents_apart():
    assert model.contract_digest(DRILL) == model.contract_digest(replace(DRILL))
    assert model.contract_digest(DRILL) != model.contract_digest(replace(DRILL, period_s=2.0))


@pytest.mark.parametrize(
    "signals",
    [
        (FLOW, HEAT, Signal("power", "Power", "W", 0.0, 900.0)),
        (replace(FLOW, high=60.0, importance=Importance.OPTIONAL), HEAT),
    ],
)
def test_successor_may_append_and_change_ranges(signals: tuple[Signal, ...]):
    model.check_successor(DRILL, replace(DRILL, signals=signals))


@pytest.mark.parametrize(
    ("signals", "named"),
    [((HEAT, FLOW), "flow"), ((FLOW,), "heat"), ((FLOW, replace(HEAT, unit="K")), "heat")],
)
def test_successor_may_not_move_drop_or_change_the_unit(signals: tuple[Signal, ...], named: str):
    with pytest.raises(ContractNarrowed) as caught:
        model.check_successor(DRILL, replace(DRILL, signals=signals))
    assert caught.value.facts == {"signal": named}


@pytest.mark.parametrize("key", ["", "-x", "a b", "x" * 65, "ä"])
def test_asset_key_is_checked(key: str):
    with pytest.raises(AssetInvalid) as caught:
        model.check_new_asset(NewAsset(key, "Drill", "Ulsan", "Line 1", "drill"))
    assert caught.value.field == "key"
