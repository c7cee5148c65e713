"""What Andon says of the contracts that are mapped: asked at the start, and kept for a start while Andon is away."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from andon_sdk.client import AsyncClient, ClientError, NotSignedIn, Refused
from andon_sdk.edge import disk
from andon_sdk.edge.channels import US, Layout
from andon_sdk.edge.config import SourcePart
from andon_sdk.edge.errors import AndonUnknown, ConfigRefused


@dataclass(frozen=True, slots=True)
class KnownSignal:
    key: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class KnownContract:
    key: str
    period_s: float
    signals: tuple[KnownSignal, ...]


async def contracts(client: AsyncClient, keys: set[str], kept: Path) -> dict[str, KnownContract | None]:
    """The contracts by key, None for one that Andon does not have.

    Raises `AndonUnknown` when Andon does not answer and did not before.
    """
    try:
        found = {key: await _ask(client, key) for key in sorted(keys)}
    except (ClientError, OSError) as error:
        known = _read(kept)
        if keys <= known.keys():
            return {key: known[key] for key in keys}
        reason = "the key was refused" if isinstance(error, NotSignedIn | Refused) else "there was no answer"
        raise AndonUnknown(
            f"Nothing is known of {', '.join(sorted(keys - known.keys()))}: {reason} ({error}). The first start needs "
            "Andon, to learn the contracts; it is tried again."
        ) from error
    whole = {key: asdict(contract) for key, contract in found.items() if contract is not None}
    disk.replace(kept, json.dumps(whole).encode(), synced=True)
    return dict(found)


async def _ask(client: AsyncClient, key: str) -> KnownContract | None:
    contract = await client.api.contract(key)
    if contract is None:
        return None
    signals = tuple(KnownSignal(each.key, each.unit, each.low, each.high) for each in contract.signals)
    return KnownContract(contract.key, contract.period_s, signals)


def _read(kept: Path) -> dict[str, KnownContract]:
    found = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    return {
        key: KnownContract(key, each["period_s"], tuple(KnownSignal(**signal) for signal in each["signals"]))
        for key, each in found.items()
    }


def layouts(source: SourcePart, known: dict[str, KnownContract | None], file: str) -> dict[str, Layout]:
    """How the source's rows look. Raises `ConfigRefused` for what Andon lacks, and for a signal in two units."""
    found: dict[str, Layout] = {}
    for contract in sorted({part.contract for part in source.asset}):
        agreed = known[contract]
        place = f"source {source.name}"
        if agreed is None:
            raise ConfigRefused(f"Andon has no contract “{contract}”.", file=file, field=place)
        units: dict[str, str | None] = {}
        for part in (part for part in source.asset if part.contract == contract):
            for key, signal in part.signals.items():
                if units.setdefault(key, signal.unit) != signal.unit:
                    problem = f"{key} comes in {units[key] or 'the unit of the contract'} and in {signal.unit}; say one"
                    raise ConfigRefused(problem, file=file, field=f"{place}, asset {part.asset}")
        order = [signal.key for signal in agreed.signals]
        if strange := units.keys() - set(order):
            offered = ", ".join(order)
            problem = f"contract {contract} has no signal {', '.join(sorted(strange))}; it has {offered}."
            raise ConfigRefused(problem, file=file, field=place)
        columns = tuple(key for key in order if key in units)
        said = {key: unit for key, unit in units.items() if unit is not None}
        found[contract] = Layout(round(agreed.period_s * US), columns, said)
    return found
