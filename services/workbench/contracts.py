"""A member's workbench, as others see it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.enclaves.contracts import ClusterState


@dataclass(frozen=True, slots=True)
class Workbench:
    id: UUID
    member_id: UUID
    member: str
    """Their name."""
    state: ClusterState
    detail: str
    """What it is doing, or why it ended."""
    started_at: datetime | None
    """When it was asked for last."""
    ends_at: datetime | None
    """When it is stopped whatever happens; None while it is stopped."""
    memory_bytes: int | None
    """What it holds; None while it does not run, and in its first seconds."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser's right to look at a workbench, before it was used."""

    id: UUID
    workbench_id: UUID
    good_until: datetime
    """It has to be used by then."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where a visitor's calls go."""

    workbench_id: UUID
    member_id: UUID
    socket: str
    """Of the JupyterLab."""
    token: str
    """That it lets in. Never for a browser."""
