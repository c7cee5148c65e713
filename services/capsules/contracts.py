"""What capsules take and give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class CapsuleState(StrEnum):
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ScoreRef:
    """One score: what a version answered to an asset's row in a role."""

    asset_id: UUID
    time: datetime
    version_id: UUID
    shadow: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no capsule."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of the answer that came out otherwise when it was scored again."""

    version_id: UUID
    column: str
    recorded: str
    here: str


@dataclass(frozen=True, slots=True)
class CapsuleModel:
    """A version in the capsule."""

    version_id: UUID
    number: int
    shadow: bool
    blueprint: str
    blueprint_version: str
    plugin: str
    plugin_digest: str
    environment: Mapping[str, str]
    """What it was trained with, by distribution."""
    begins: str
    """`window`: rows go back until all that is remembered is exact; `served`: to the version's first row."""
    rows: int
    """That are scored again for it."""
    answer: Mapping[str, str]
    """What it answered to the row, by column of the history, in words."""


@dataclass(frozen=True, slots=True)
class Capsule:
    id: UUID
    asset_id: UUID
    time: datetime
    version_id: UUID
    shadow: bool
    state: CapsuleState
    problem: Problem | None
    reproduced: bool | None
    """Whether the tenant's serving cluster answered the same again, every bit; None while it was not asked."""
    remark: str | None
    """Why it could not be asked, or what differs there from where the models were made."""
    differences: Sequence[Difference]
    models: Sequence[CapsuleModel]
    rows: int
    """Of the asset, the judged one last."""
    bytes: int | None
    sha256: str | None
    kept_as: str | None
    """Its name; kept ones have no end."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What a serving cluster says to a capsule."""

    equal: bool
    remark: str | None = None
    differences: Sequence[Mapping[str, Any]] = field(default_factory=tuple[Mapping[str, Any], ...])
    processor: Mapping[str, str] = field(default_factory=dict[str, str])
