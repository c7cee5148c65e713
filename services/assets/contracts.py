"""What the plant model takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from andon_sdk.plugin import Contract
from services.kernel.idset import IdSet


@dataclass(frozen=True, slots=True)
class ContractVersion:
    """A contract as it was agreed on: immutable; a change is a new version."""

    id: UUID
    """Of the line of versions; the readings' table and subjects carry it."""
    version: int
    contract: Contract
    digest: str
    created_at: datetime


def differences(before: Contract, after: Contract) -> str:
    """Signals that are new, gone or changed, in words; empty where none is."""
    old = {signal.key: signal for signal in before.signals}
    new = {signal.key: signal for signal in after.signals}
    parts = [
        _named("new", [key for key in new if key not in old]),
        _named("gone", [key for key in old if key not in new]),
        _named("changed", [key for key in new if key in old and new[key] != old[key]]),
    ]
    return "; ".join(part for part in parts if part)


def _named(what: str, keys: Sequence[str]) -> str:
    return f"{what}: {', '.join(keys)}" if keys else ""


@dataclass(frozen=True, slots=True)
class Label:
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Asset:
    id: UUID
    key: str
    title: str
    site: str
    line: str
    contract_id: UUID
    created_at: datetime
    labels: tuple[Label, ...] = ()
    """By key."""


@dataclass(frozen=True, slots=True)
class NewAsset:
    key: str
    title: str
    site: str
    line: str
    contract: str
    """Key of the contract its readings keep to."""
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """A page of assets ordered by (key, id). `search` matches key, title, line, site; `labels` is a label query
    (see `services.assets.labelquery`); `contract` is the key of the one they keep to; `among` narrows to a set that
    another service knows."""

    search: str | None = None
    labels: str | None = None
    contract: str | None = None
    among: IdSet | None = None
    first: int = 50
    after: tuple[str, UUID] | None = None
