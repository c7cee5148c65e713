"""What a mapping of tags may say."""

from uuid import UUID

import pytest

from andon_sdk.plugin import Contract, Signal
from services.edges.contracts import MappedAsset, MappedSignal, Tag
from services.edges.errors import EdgeMappingInvalid, EdgeReportInvalid
from services.edges.mapping import as_json, check, checked_tags, from_json
from services.readings.api import converts

PUMP, PRESS = UUID(int=1), UUID(int=2)
AGREED = Contract("pump", "Pump", (Signal("temp", "T", "degC", -20, 90), Signal("flow", "F", "L/min", 0, 9)), 1.0)
CONTRACTS = {PUMP: ("pump-1", AGREED), PRESS: ("pump-2", AGREED)}
FLOW = MappedSignal(
    "flow", "ns=2;s=Flow", unit="m3/h", scale=2.0, offset=-1.0, dead_band=0.1, silence_s=9.0, hold_s=3.0
)


def of(*signals: MappedSignal, asset: UUID = PUMP) -> MappedAsset:
    return MappedAsset(asset, signals)


def test_what_an_edge_can_do_is_taken_and_kept_as_it_is():
    mapped = [of(MappedSignal("temp", "t1", unit="degF"), FLOW), of(FLOW, asset=PRESS)]
    assert check(mapped, CONTRACTS, converts) == mapped
    assert from_json(as_json(mapped)) == tuple(mapped)


@pytest.mark.parametrize(
    ("assets", "field", "why"),
    [
        ([of(FLOW), of(FLOW)], "assets.1.assetId", "Asset pump-1 stands twice."),
        ([of()], "assets.0.signals", "No signal of pump-1 is mapped: leave the asset out."),
        ([of(MappedSignal("heat", "t"))], "assets.0.signals.0.signal", "pump has no signal heat."),
        ([of(FLOW, FLOW)], "assets.0.signals.1.signal", "flow of pump-1 is fed twice."),
        ([of(MappedSignal("flow", ""))], "assets.0.signals.0.tag", "needs the address of a tag"),
        ([of(MappedSignal("flow", "t" * 501))], "assets.0.signals.0.tag", "at most 500 characters"),
        (
            [of(MappedSignal("flow", "t", unit="bar"))],
            "assets.0.signals.0.unit",
            "in L/min, and bar cannot be",
        ),
        (
            [of(MappedSignal("flow", "t", scale=0.0))],
            "assets.0.signals.0.scale",
            "a scale of 0",
        ),
        (
            [of(MappedSignal("flow", "t", offset=float("inf")))],
            "assets.0.signals.0",
            "NaN are no settings",
        ),
        ([of(MappedSignal("flow", "t", hold_s=-1.0))], "assets.0.signals.0", "not below 0"),
        (
            [of(FLOW), of(MappedSignal("flow", "t"), asset=PRESS)],
            "assets.1.signals.0.unit",
            "flow comes in m3/h and in L/min: in one source it has one unit.",
        ),
    ],
)
def test_what_edge_or_door_would_refuse_is_refused_here(assets, field, why):
    with pytest.raises(EdgeMappingInvalid, match=why) as caught:
        check(assets, CONTRACTS, converts)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("tags", "start"),
    [
        ([Tag("")], 0),
        ([Tag("a", "t" * 501)], 0),
        ([Tag("a", path=("p" * 501,))], 0),
        ([Tag("a")], -1),
        ([Tag("a")], 50_000),
    ],
)
def test_tags_that_cannot_be_kept_are_refused(tags, start):
    with pytest.raises(EdgeReportInvalid):
        checked_tags(tags, start)
