"""Rules of the plant model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets import model
from services.assets.contracts import Event, EventKind, NewAsset
from services.assets.errors import AssetInvalid, ContractNarrowed, EventInFuture

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASSET = UUID(int=7)
FLOW = Signal("flow", "Coolant flow", "l/min", 0.0, 40.0, Importance.ESSENTIAL)
HEAT = Signal("heat", "Lens temperature", "degC", -20.0, 120.0)
DRILL = Contract("drill", "Drill", (FLOW, HEAT), period_s=1.0)


def event(number: int, kind: EventKind, time: datetime, retracted_at: datetime | None = None) -> Event:
    return Event(UUID(int=number), ASSET, kind, time, "", None, "Ada", NOON, retracted_at)


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


def test_event_is_a_fact():
    model.check_event_time(NOON + timedelta(minutes=5), NOON)
    with pytest.raises(EventInFuture):
        model.check_event_time(NOON + timedelta(minutes=5, seconds=1), NOON)
    with pytest.raises(EventInFuture):
        model.check_event_time(NOON.replace(tzinfo=None), NOON)


def test_regimes_are_cut_by_replaced_parts_only():
    replaced = event(1, EventKind.PART_REPLACED, NOON)
    found = model.regimes(
        ASSET,
        [
            event(3, EventKind.PART_REPLACED, NOON + timedelta(days=9), retracted_at=NOON + timedelta(days=10)),
            event(2, EventKind.MAINTENANCE, NOON + timedelta(days=2)),
            replaced,
        ],
    )
    assert [(regime.start, regime.end, regime.opened_by) for regime in found] == [
        (None, NOON, None),
        (NOON, None, replaced.id),
    ]


def test_no_event_is_one_open_regime():
    assert [(regime.start, regime.end) for regime in model.regimes(ASSET, [])] == [(None, None)]
