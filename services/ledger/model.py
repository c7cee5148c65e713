"""How facts become loops. Pure: the same facts lead to the same loops, in whatever order or how often they come.

All but `changed_at` are times of the platform: when an event was recorded, an alarm was raised, a run was started and
ended, a version became champion. `changed_at` is a source time, so *observe* also holds how late a change was told.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.ledger.contracts import Begin, Loop, LoopEnd, LoopStage, LoopState, Spell, Stay, StepBack
from services.ledger.errors import HandsOnInvalid

PROBATION = timedelta(days=30)
"""How long a champion has to stay in production, and the asset healthy, for the loop to count as a success."""

MOST_SPELLS = 100
SPELL_AGE = timedelta(hours=24)
"""How late work may be reported."""


@dataclass(frozen=True, slots=True)
class Change:
    """An event that began a regime."""

    id: UUID
    at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Matter:
    """A case; `raised_at` (source time) and `noticed_at` are of its first alarm, None where it has none."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None
    raised_at: datetime | None = None
    noticed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a run was for the asset; `regime` is the newest one whose rows it learned from, where there is any."""

    run_id: UUID
    chosen_at: datetime
    ended_at: datetime | None
    blueprint: str
    regime: UUID | None = None
    version_id: UUID | None = None
    """What passed the gates."""
    back: StepBack = StepBack.STOPPED
    """Why nothing passed, where nothing did."""


class FactKind(StrEnum):
    PROMOTED = "promoted"
    UNDONE = "undone"
    """The version before became champion again."""
    SHADOW_STOPPED = "shadow_stopped"


@dataclass(frozen=True, slots=True)
class Fact:
    """What news told of a version of the asset; `sequence` is the news' place in the outbox."""

    sequence: int
    at: datetime
    kind: FactKind
    version_id: UUID


@dataclass(slots=True)
class _Builder:
    id: UUID
    begun_by: Begin
    changed_at: datetime
    noticed_at: datetime
    closes_at: datetime | None = None
    """Of an alarm's loop: when its case was closed."""
    stays: list[Stay] = field(default_factory=list[Stay])
    run_id: UUID | None = None
    blueprint: str | None = None
    passed: set[UUID] = field(default_factory=set[UUID])
    waiting: UUID | None = None
    """The version that waits to be promoted."""
    live_at: datetime | None = None
    version_id: UUID | None = None
    ended_at: datetime | None = None
    end: LoopEnd | None = None

    def __post_init__(self) -> None:
        self.stays = [
            Stay(LoopStage.OBSERVE, self.changed_at, self.noticed_at),
            Stay(LoopStage.ORIENT, self.noticed_at, None),
        ]

    @property
    def stage(self) -> LoopStage:
        return self.stays[-1].stage

    def leave(self, at: datetime, back: StepBack | None = None) -> None:
        last = self.stays[-1]
        self.stays[-1] = Stay(last.stage, last.entered_at, at, back)

    def enter(self, stage: LoopStage, at: datetime, back: StepBack | None = None) -> None:
        self.leave(at, back)
        self.stays.append(Stay(stage, at, None))

    def finish(self, end: LoopEnd, at: datetime) -> None:
        self.leave(at)
        self.end, self.ended_at = end, at

    def reopen(self, at: datetime) -> None:
        """Its champion was taken back: the time that it was live belongs to no stage."""
        last = self.stays[-1]
        self.stays[-1] = Stay(last.stage, last.entered_at, last.left_at, StepBack.ROLLED_BACK)
        self.stays.append(Stay(LoopStage.ORIENT, at, None))
        self.end = self.ended_at = self.version_id = self.waiting = self.run_id = None

    def loop(self, asset_id: UUID) -> Loop:
        states = {None: LoopState.OPEN, LoopEnd.LIVE: LoopState.CLOSED}
        return Loop(
            id=self.id,
            asset_id=asset_id,
            begun_by=self.begun_by,
            changed_at=self.changed_at,
            noticed_at=self.noticed_at,
            state=states.get(self.end, LoopState.ABANDONED),
            stage=None if self.end else self.stage,
            ended_at=self.ended_at,
            end=self.end,
            live_at=self.live_at,
            version_id=self.version_id,
            blueprint=self.blueprint,
            stays=tuple(self.stays),
            steps_back=sum(stay.back is not None for stay in self.stays),
        )


def check_spells(spells: Sequence[Spell], now: datetime) -> None:
    """Raises `HandsOnInvalid`."""
    if len(spells) > MOST_SPELLS:
        raise HandsOnInvalid(f"Report at most {MOST_SPELLS} spells at once, not {len(spells)}.", field="spells")
    for place, spell in enumerate(spells):
        if not 1 <= spell.seconds <= 60:
            raise HandsOnInvalid(
                f"A spell is 1 to 60 seconds of a minute, not {spell.seconds}.", field=f"spells.{place}.seconds"
            )
        if not now - SPELL_AGE <= spell.at <= now:
            raise HandsOnInvalid(
                f"Work is reported within {SPELL_AGE // timedelta(hours=1)} hours and not ahead of time; this spell "
                f"is of {spell.at.isoformat()}. Is the clock of this computer right?",
                field=f"spells.{place}.at",
            )


def noticed(change: Change, matters: Iterable[Matter], attempts: Iterable[Attempt]) -> datetime:
    """The earliest of: the event was recorded; the first alarm of a case that was opened since the change; a run over
    rows of the new regime was started, for whoever did that knew."""
    times = [change.recorded_at]
    times += [each.noticed_at for each in matters if each.raised_at and each.noticed_at and each.raised_at >= change.at]
    times += [each.chosen_at for each in attempts if each.regime == change.id]
    return max(change.at, min(times))


def loops_of(
    asset_id: UUID,
    changes: Collection[Change],
    matters: Collection[Matter],
    attempts: Collection[Attempt],
    facts: Collection[Fact],
) -> list[Loop]:
    """All loops of one asset, in the order in which they were noticed."""
    ledger = _Ledger()
    happened: list[tuple[datetime, int, object, object]] = []
    for change in set(changes):
        at = noticed(change, matters, attempts)
        happened.append((at, 0, (change.at, change.id), _Builder(change.id, Begin.REGIME, change.at, at)))
    for matter in set(matters):
        if matter.raised_at is None or matter.noticed_at is None:
            continue
        at = max(matter.raised_at, matter.noticed_at)
        closes = None if matter.closed_at is None else max(matter.closed_at, at)
        begun = _Builder(matter.id, Begin.ALARM, matter.raised_at, at, closes)
        happened.append((at, 0, (matter.raised_at, matter.id), begun))
        if closes is not None:
            happened.append((closes, 4, matter.id, matter))
    for attempt in set(attempts):
        happened.append((attempt.chosen_at, 1, attempt.run_id, (ledger.chosen, attempt)))
        if attempt.ended_at is not None:
            at = max(attempt.chosen_at, attempt.ended_at)
            happened.append((at, 2, attempt.run_id, (ledger.judged, attempt)))
    for fact in set(facts):
        happened.append((fact.at, 3, (fact.sequence, fact.version_id), fact))
    for at, _, _, what in sorted(happened, key=lambda each: each[:3]):
        ledger.take(at, what)
    return [builder.loop(asset_id) for builder in ledger.all]


class _Ledger:
    """Takes what happened to an asset in order; at most one loop of it is open."""

    def __init__(self) -> None:
        self.all: list[_Builder] = []
        self.open: _Builder | None = None
        self.last: _Builder | None = None
        """That closed last."""
        self.champion: UUID | None = None
        self.newest: datetime | None = None
        """The newest change that was noticed."""

    def take(self, at: datetime, what: object) -> None:
        match what:
            case _Builder():
                self.begin(at, what)
            case Matter():
                if self.open is not None and self.open.id == what.id and self.open.stage is LoopStage.ORIENT:
                    self.abandon(LoopEnd.CASE_CLOSED, at)
            case Fact():
                self.told(what)
            case (step, Attempt() as attempt):
                step(attempt)  # pyright: ignore[reportUnknownVariableType, reportCallIssue]
            case _:
                raise AssertionError(what)

    def begin(self, at: datetime, new: _Builder) -> None:
        if new.begun_by is Begin.ALARM and self.open is not None:
            return  # the alarm is about what the open loop is about
        self.all.append(new)
        if new.begun_by is Begin.REGIME:
            if self.newest is not None and new.changed_at < self.newest:
                new.finish(LoopEnd.SUPERSEDED, at)
                return
            self.newest = new.changed_at
            if self.open is not None:
                self.abandon(LoopEnd.SUPERSEDED, at)
        self.open = new

    def abandon(self, why: LoopEnd, at: datetime) -> None:
        assert self.open is not None
        self.open.finish(why, at)
        self.open = None

    def back(self, why: StepBack, at: datetime) -> None:
        """To choosing data; where the case is closed already, nobody is to choose any."""
        assert self.open is not None
        self.open.enter(LoopStage.ORIENT, at, why)
        self.open.waiting = self.open.run_id = None
        if self.open.closes_at is not None and self.open.closes_at <= at:
            self.abandon(LoopEnd.CASE_CLOSED, at)

    def chosen(self, attempt: Attempt) -> None:
        loop = self.open
        if loop is None or (loop.begun_by is Begin.REGIME and loop.id != attempt.regime):
            return
        again = StepBack.CHOSEN_AGAIN if loop.stage is not LoopStage.ORIENT else None
        loop.enter(LoopStage.DECIDE, attempt.chosen_at, again)
        loop.run_id, loop.blueprint, loop.waiting = attempt.run_id, attempt.blueprint, None

    def judged(self, attempt: Attempt) -> None:
        loop = self.open
        if loop is None or loop.run_id != attempt.run_id or loop.stage is not LoopStage.DECIDE:
            return
        at = max(attempt.chosen_at, attempt.ended_at or attempt.chosen_at)
        if attempt.version_id is None:
            self.back(attempt.back, at)
            return
        loop.enter(LoopStage.ACT, at)
        loop.passed.add(attempt.version_id)
        loop.waiting = attempt.version_id

    def told(self, fact: Fact) -> None:
        loop = self.open
        if fact.kind is FactKind.SHADOW_STOPPED:
            if loop is not None and loop.waiting == fact.version_id:
                self.back(StepBack.SHADOW_STOPPED, fact.at)
            return
        before, self.champion = self.champion, fact.version_id
        if fact.kind is FactKind.UNDONE:
            self.undone(before, fact.at)
        loop = self.open
        if loop is not None and fact.version_id in loop.passed:  # promoted, or the undoing of it was undone
            loop.finish(LoopEnd.LIVE, fact.at)
            loop.live_at, loop.version_id = loop.live_at or fact.at, fact.version_id
            self.last, self.open = loop, None

    def undone(self, version: UUID | None, at: datetime) -> None:
        """A loop whose champion is taken back is open again. One that an alarm began meanwhile is about the same."""
        last = self.last
        if last is None or version is None or last.version_id != version:
            return
        if self.open is not None and self.open.begun_by is Begin.REGIME:
            return
        if self.open is not None:
            self.abandon(LoopEnd.SUPERSEDED, at)
        last.reopen(at)
        self.last, self.open = None, last


def dwell(loop: Loop, stage: LoopStage) -> float:
    """Seconds that the loop has spent in the stage, over all its stays that have ended."""
    spent = [stay.left_at - stay.entered_at for stay in loop.stays if stay.stage is stage and stay.left_at is not None]
    return sum(spent, timedelta()).total_seconds()


def healthy(live_at: datetime, facts: Iterable[Fact], matters: Iterable[Matter]) -> bool:
    """Whether, 30 days after a loop's version was first champion, the asset's champion was one that was promoted then
    or later, and no case of the asset was open. A promotion that was undone by then, without another one, fails."""
    then = live_at + PROBATION
    ordered = sorted((fact for fact in facts if fact.at <= then), key=lambda fact: (fact.at, fact.sequence))
    ordered = [fact for fact in ordered if fact.kind is not FactKind.SHADOW_STOPPED]
    since = {fact.version_id for fact in ordered if fact.kind is FactKind.PROMOTED and fact.at >= live_at}
    if not ordered or ordered[-1].version_id not in since:
        return False
    return not any(
        matter.opened_at <= then and (matter.closed_at is None or matter.closed_at > then) for matter in matters
    )


def loop_of(case_id: UUID, wanted_for: UUID | None, opened_at: datetime, loops: Sequence[Loop]) -> Loop | None:
    """The loop of an asset that one of its cases is of: which began with the case, or with the event after which it
    waits for a model (`wanted_for`), or else was open when the case was opened. `loops`: the newest change first."""
    own = {case_id, wanted_for}
    around = [
        loop for loop in loops if loop.changed_at <= opened_at and (loop.ended_at is None or opened_at <= loop.ended_at)
    ]
    return next((loop for loop in loops if loop.id in own), around[0] if around else None)
