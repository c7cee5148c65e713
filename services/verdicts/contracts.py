"""What verdicts take and give."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import numpy as np

from services.serving.contracts import ShadowLatency


class Verdict(StrEnum):
    """What the sequential test says of a shadow."""

    ENOUGH_BETTER = "enough_better"
    ENOUGH_EQUAL = "enough_equal"
    ENOUGH_WORSE = "enough_worse"
    NOT_YET = "not_yet"


class Advice(StrEnum):
    """What is proposed to a person."""

    PROMOTE = "promote"
    KEEP = "keep"
    """The champion."""
    WAIT = "wait"
    LOOK = "look"
    """The figures point in different directions: a person has to weigh them."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What both said of the same rows, sorted by asset and time."""

    asset: np.ndarray
    """int64 [rows]: which of n assets."""
    time: np.ndarray
    """datetime64[us] [rows], in UTC."""
    champion: np.ndarray
    """float64 [rows], in units of the threshold; NaN where it gave no answer."""
    shadow: np.ndarray


@dataclass(frozen=True, slots=True)
class Labels:
    """What people said happened, in the order in which it was recorded."""

    failure_asset: np.ndarray
    failure_at: np.ndarray
    """datetime64[us]."""
    asset: np.ndarray
    """int64 [labels]: of the periods judged."""
    start: np.ndarray
    end: np.ndarray
    """Not included."""
    abnormal: np.ndarray
    """bool: judged abnormal, else normal. Where periods overlap, the one recorded last counts."""


@dataclass(frozen=True, slots=True)
class Matters:
    """Alarms of one model; those of an asset with little between them are one. By asset and time."""

    asset: np.ndarray
    raised: np.ndarray
    """datetime64[us]."""
    ended: np.ndarray
    """When it cleared; the asset's last row where it is on."""
    peak: np.ndarray
    false: np.ndarray
    """bool: no target explains it, and none can any more."""
    waiting: np.ndarray
    """bool: no target explains it yet, but a failure still may."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Failures and periods judged abnormal within the rows, by asset and time."""

    asset: np.ndarray
    at: np.ndarray
    """datetime64[us]: the failure, or the start of the period."""
    failure: np.ndarray
    """bool."""
    champion: np.ndarray
    """float64: seconds from the first alarm that warned to `at`; NaN where none did. Negative: after a period began."""
    shadow: np.ndarray


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which exactly one of the two had an alarm on."""

    asset: int
    start: datetime
    end: datetime
    shadow: bool
    """Whether it was the shadow's alarm."""
    peak: float
    """Largest score of the one whose alarm it was."""


@dataclass(frozen=True, slots=True)
class Daily:
    """What the shadow of each asset gained on each settled day."""

    first_day: int
    """Days since 1970 of the first column."""
    net: np.ndarray
    """float64 [assets, days], within -1 and 1; 0 on days without rows."""
    seen: np.ndarray
    """bool [assets, days]: the asset had settled rows on that day."""


@dataclass(frozen=True, slots=True)
class ByAsset:
    """Counts [assets], each int64."""

    rows: np.ndarray
    unanswered_champion: np.ndarray
    unanswered_shadow: np.ndarray
    targets: np.ndarray
    gained: np.ndarray
    lost: np.ndarray
    false_champion: np.ndarray
    false_shadow: np.ndarray


@dataclass(frozen=True, slots=True)
class Compared:
    """All that is known of champion and shadow on the same rows."""

    targets: Targets
    champion: Matters
    shadow: Matters
    rows: int
    unanswered_champion: int
    unanswered_shadow: int
    days: float
    """Days of assets with rows, gaps left out."""
    stretches: tuple[Stretch, ...]
    """The longest first, at most `evidence.MOST_EXAMPLES`."""
    gain: np.ndarray
    """float64 [days]: the net gain of the shadow on each settled day on all assets, within -1 and 1."""
    mean_gain: np.ndarray
    """float64 [days]: the same per asset."""
    daily: Daily
    by_asset: ByAsset


@dataclass(frozen=True, slots=True)
class Judged:
    """Where the sequential test stands."""

    verdict: Verdict
    days: int
    """Settled days that it has seen."""
    decided_after: int | None
    """Days after which it said so first; None: not yet."""
    days_left: int | None
    """How many more are needed if they go as those before; None where that cannot be said."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one asset, or summed over a fleet."""

    rows: int
    days: float
    targets: int
    warned_champion: int
    warned_shadow: int
    gained: int
    """Targets of which the shadow alone warned."""
    lost: int
    """Targets of which the champion alone warned."""
    earlier_s: float | None
    """Median of how much earlier the shadow warned, where both did; negative: later."""
    false_champion: int
    false_shadow: int
    false_rate_champion: float
    """False alarms per asset and 30 days."""
    false_rate_shadow: float
    waiting: int
    """Alarms of either that a failure still may explain."""
    unanswered_champion: float
    """Share of the rows, 0 to 1."""
    unanswered_shadow: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that speaks for or against, and its sentence."""

    code: str
    facts: Mapping[str, float | int | str]
    sentence: str
    """For people, in English."""


@dataclass(frozen=True, slots=True)
class Proposal:
    advice: Advice
    reasons: tuple[Reason, ...]
    sentence: str
    """All of it, in English."""


@dataclass(frozen=True, slots=True)
class ShadowEvidence:
    """What a shadow is worth, of an asset or a run."""

    asset_ids: tuple[UUID, ...]
    start: datetime | None
    """First row that counts; None while there is none."""
    end: datetime | None
    figures: Figures
    examples: tuple[Stretch, ...]
    judged: Judged
    proposal: Proposal
    latency: ShadowLatency | None = None
    """Of a run that of the shadow which is slowest beside its limit; None until the cluster has told."""


class Outcome(StrEnum):
    """How a shadow of a fleet stands, the worst first."""

    STOPPED = "stopped"
    """By the cluster."""
    WORSE = "worse"
    PRICED = "priced"
    """Better or equal, but at a price: a lost warning, rows without a score, or slow. A person has to weigh it."""
    UNDECIDED = "undecided"
    EQUAL = "equal"
    BETTER = "better"


AGREED = frozenset({Outcome.EQUAL, Outcome.BETTER})
"""Enough is known, and nothing is lost by promoting."""


@dataclass(frozen=True, slots=True)
class ShadowStanding:
    """One shadow of a fleet, beside its champion on the same rows."""

    asset_id: UUID
    champion: UUID
    shadow: UUID
    outcome: Outcome
    judged: Judged
    rows: int
    gain: float
    """Net gain over all settled days: false alarms spared, and warnings won, less those added or lost."""
    gained: int
    lost: int
    false_champion: int
    false_shadow: int
    unanswered_champion: float
    """Share of the rows, 0 to 1."""
    unanswered_shadow: float
    latency: ShadowLatency | None
    sentence: str
    """Why, in English."""

    @property
    def place(self) -> tuple[int, float, UUID]:
        """The worst first; what differs least in the end by id."""
        return list(Outcome).index(self.outcome), self.gain, self.asset_id


@dataclass(frozen=True, slots=True)
class FleetKey:
    """A set of shadows that are judged together: of one blueprint in one version."""

    blueprint: str
    blueprint_version: str


@dataclass(frozen=True, slots=True)
class ShadowFleet:
    key: FleetKey
    shadows: int
    """Assets with one."""


@dataclass(frozen=True, slots=True)
class FleetEvidence:
    """What all shadows of a set are worth, each beside its own champion."""

    key: FleetKey
    start: datetime | None
    """The first row that counts; None while there is none."""
    end: datetime | None
    standings: tuple[ShadowStanding, ...]
    """The worst first."""
    judged: Judged
    """Of the fleet, on a day's sum over all assets."""
    better: float
    """Mean over the assets of the capital that betting on “better” has made of 1: an e-value against “no shadow is
    better”, whatever the assets have in common."""
    worse: float
    advice: Advice
    sentence: str
    """The proposal, in English."""

    def counts(self) -> Mapping[Outcome, int]:
        return Counter(one.outcome for one in self.standings)

    def agreed(self) -> tuple[ShadowStanding, ...]:
        return tuple(one for one in self.standings if one.outcome in AGREED)
