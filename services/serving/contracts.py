"""What serving takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Deployment:
    """What serves an asset: its champion, and the shadows that score the same rows and answer nobody."""

    asset_id: UUID
    champion: UUID | None
    shadows: tuple[UUID, ...]
    previous: UUID | None
    """The champion before, which `undo_promotion` brings back."""
    wanted_generation: int
    applied_generation: int
    """The cluster serves this deployment as wanted once applied ≥ wanted."""
    promoted_at: datetime | None
    refusal: str | None = None
    """Why the cluster did not take the champion, for people; the version it served before goes on answering."""
    shadow_refusals: tuple[tuple[UUID, str], ...] = ()
    """Shadows the cluster stopped or did not take, with the reason."""


@dataclass(frozen=True, slots=True)
class PromotedRun:
    """Assets that got a new champion in one go."""

    run_id: UUID
    asset_ids: tuple[UUID, ...]
    wanted_generation: int


@dataclass(frozen=True, slots=True)
class UndonePromotions:
    """What became of promotions that were to be taken back; each asset is in exactly one of the three."""

    undone: tuple[UUID, ...]
    """Their champion before answers again."""
    changed_since: tuple[UUID, ...]
    """Another version than the promoted one is champion by now, or none; left as they are."""
    first_champions: tuple[UUID, ...]
    """The promoted version was the asset's first, so there is none to go back to; left as they are."""
    wanted_generation: int
    """At which the cluster serves all this; the present one when nothing was undone."""


@dataclass(frozen=True, slots=True)
class ServingState:
    """Every change of champions and shadows of a tenant is a generation; the cluster applies the newest."""

    wanted_generation: int
    applied_generation: int


@dataclass(frozen=True, slots=True)
class Score:
    """A model's answer for one row."""

    asset_id: UUID
    time: datetime
    version: UUID
    shadow: bool
    route: str
    """`main`, `fallback`, or `none` where an essential signal is missing."""
    value: float | None
    """Smoothed score in units of the threshold: above 1 is abnormal."""
    raw: float | None
    threshold: float | None
    coverage: float
    expected_loss: float
    missing: tuple[str, ...]
    top: tuple[tuple[str, float], ...]
    """Signals that contribute most, with their shares of the raw score. Empty for a normal row of the stream."""


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """Champion and shadow over the rows both answered since the shadow began."""

    asset_id: UUID
    champion: UUID
    shadow: UUID
    rows: int
    abnormal_champion: int
    abnormal_shadow: int
    agree: int
    since: datetime | None
