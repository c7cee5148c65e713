"""What a mapping may say, and how it is kept. No I/O."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from andon_sdk.plugin import Contract
from services.edges.contracts import MappedAsset, MappedSignal, Tag
from services.edges.errors import EdgeMappingInvalid, EdgeReportInvalid

MOST_ASSETS = 500
"""Of a source."""
MOST_SIGNALS = 20_000
MOST_TAGS = 50_000
LONGEST_ADDRESS = 500

Converts = Callable[[str, str], bool]
"""Whether the door converts values of the first unit into the second."""


def check(
    assets: Sequence[MappedAsset], contracts: Mapping[UUID, tuple[str, Contract]], converts: Converts
) -> Sequence[MappedAsset]:
    """`contracts`: of each asset, with its key. Raises `EdgeMappingInvalid` for what the edge or the door would refuse:
    an asset twice, a signal twice or unknown, no tag, a unit that cannot be converted or differs from that of another
    asset, a number that is none."""
    if len(assets) > MOST_ASSETS or sum(len(asset.signals) for asset in assets) > MOST_SIGNALS:
        raise _wrong(
            f"A source feeds at most {MOST_ASSETS} assets and {MOST_SIGNALS:,} signals: make another source.", "assets"
        )
    units: dict[tuple[str, str], str] = {}
    met = set[UUID]()
    for number, asset in enumerate(assets):
        key, contract = contracts[asset.asset_id]
        if asset.asset_id in met:
            raise _wrong(f"Asset {key} stands twice.", f"assets.{number}.assetId")
        met.add(asset.asset_id)
        if not asset.signals:
            raise _wrong(f"No signal of {key} is mapped: leave the asset out.", f"assets.{number}.signals")
        known = {signal.key: signal for signal in contract.signals}
        seen = set[str]()
        for place, signal in enumerate(asset.signals):
            field = f"assets.{number}.signals.{place}"
            if signal.signal not in known:
                raise _wrong(f"{contract.key} has no signal {signal.signal}.", f"{field}.signal")
            if signal.signal in seen:
                raise _wrong(f"{signal.signal} of {key} is fed twice.", f"{field}.signal")
            seen.add(signal.signal)
            _check_numbers(key, signal, field)
            agreed = known[signal.signal].unit
            unit = signal.unit or agreed
            if not converts(unit, agreed):
                raise _wrong(
                    f"{signal.signal} of {key} is agreed on in {agreed}, and {unit} cannot be converted into that.",
                    f"{field}.unit",
                )
            other = units.setdefault((contract.key, signal.signal), unit)
            if other != unit:
                raise _wrong(
                    f"{signal.signal} comes in {other} and in {unit}: in one source it has one unit. Use scale and "
                    "offset for the other asset.",
                    f"{field}.unit",
                )
    return assets


def _check_numbers(key: str, signal: MappedSignal, field: str) -> None:
    if not signal.tag or len(signal.tag) > LONGEST_ADDRESS:
        raise _wrong(
            f"{signal.signal} of {key} needs the address of a tag, of at most {LONGEST_ADDRESS} characters.",
            f"{field}.tag",
        )
    numbers = (signal.scale, signal.offset, signal.dead_band, signal.silence_s, signal.hold_s)
    if not all(math.isfinite(number) for number in numbers):
        raise _wrong(f"{signal.signal} of {key}: infinity and NaN are no settings.", field)
    if signal.scale == 0:
        raise _wrong(f"{signal.signal} of {key}: a scale of 0 makes every value the same.", f"{field}.scale")
    if signal.silence_s <= 0 or signal.dead_band < 0 or signal.hold_s < 0:
        raise _wrong(f"{signal.signal} of {key}: dead band, silence and hold are not below 0.", field)


def checked_tags(tags: Sequence[Tag], start: int) -> Sequence[Tag]:
    """Raises `EdgeReportInvalid`."""
    if start < 0 or start + len(tags) > MOST_TAGS:
        raise EdgeReportInvalid(f"At most {MOST_TAGS:,} tags of a source are kept.", field="tags", limit=MOST_TAGS)
    for number, tag in enumerate(tags):
        if not tag.address or any(
            len(text) > LONGEST_ADDRESS for text in (tag.address, tag.title, tag.unit or "", *tag.path)
        ):
            message = f"A tag has an address, and each of its texts at most {LONGEST_ADDRESS} characters."
            raise EdgeReportInvalid(message, field=f"tags.{number}", limit=LONGEST_ADDRESS)
    return tags


def as_json(assets: Sequence[MappedAsset]) -> list[dict[str, Any]]:
    return [asdict(asset) | {"asset_id": str(asset.asset_id)} for asset in assets]


def from_json(said: Sequence[Mapping[str, Any]]) -> tuple[MappedAsset, ...]:
    return tuple(
        MappedAsset(UUID(each["asset_id"]), tuple(MappedSignal(**signal) for signal in each["signals"]))
        for each in said
    )


def _wrong(message: str, field: str) -> EdgeMappingInvalid:
    return EdgeMappingInvalid(message, field=field)
