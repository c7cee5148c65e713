"""What serving takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ShadowLatency:
    """How long a call of the scorer takes, which all its rows wait for; measured in service, of the newest calls
    mainly. A call holds all models of its kind, so it is what rows wait, and no model's share of it."""

    shadow_s: float
    champion_s: float
    limit_s: float
    """Of the shadow."""
    sentence: str
    """For people, in English."""

    @property
    def slow(self) -> bool:
        return self.shadow_s > self.limit_s


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
    shadow_latencies: tuple[tuple[UUID, ShadowLatency], ...] = ()
    """Of those that the cluster has told of."""


@dataclass(frozen=True, slots=True)
class PromotedRun:
    """Assets that got a new champion in one go."""

    run_id: UUID
    asset_ids: tuple[UUID, ...]
    wanted_generation: int


@dataclass(frozen=True, slots=True)
class PromotedShadows:
    """Shadows of many assets that became champions in one go."""

    promoted: Mapping[UUID, UUID]
    """Version by asset: what `undo_many` takes back."""
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
    """Champion and shadow over the rows both answered since the shadow began, or of the newest days where that is long
    ago."""

    asset_id: UUID
    champion: UUID
    shadow: UUID
    rows: int
    abnormal_champion: int
    abnormal_shadow: int
    agree: int
    since: datetime | None
    """When the shadow began."""
    start: datetime | None = None
    """The first row that counts; None while there is none."""
    all_rows: bool = True
    """False where older rows were left out, so that a look stays quick."""
    latency: ShadowLatency | None = None
    """None until the cluster has told."""
