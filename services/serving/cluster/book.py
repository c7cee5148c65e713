"""Everything that scores at one moment: a shelf for each contract version, swapped as a whole between blocks."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.fleet.score import ABNORMAL, TOP, Entry, ScoreBlock, Scorer, ScoreState
from services.kernel import wire
from services.serving.cluster.answers import Part, answers
from services.serving.cluster.layout import Change, owners
from services.serving.cluster.memory import ShelfName
from services.serving.cluster.messages import WantedContract

log = logging.getLogger(__name__)

_NEWEST = 0.1
"""Weight of the newest call in what a call takes."""


@dataclass(frozen=True, slots=True)
class Block:
    """One message of the readings stream."""

    sequence: int
    contract: UUID
    batch: pa.RecordBatch


class Shelf:
    """Models that read one version of a contract, at most one an asset, with what they remember."""

    def __init__(self, contract: WantedContract, entries: Sequence[Entry], tag: str = "") -> None:
        """`tag` tells shelves of the same contract version apart."""
        self.contract = contract
        self.name: ShelfName = (contract.id, contract.version, tag)
        self.tag = tag
        self.scorer = Scorer(entries)
        self.state = self.scorer.state()
        self.versions = pa.array(self.scorer.keys, pa.utf8())
        self.assets = pa.array(self.scorer.assets, pa.utf8())
        self.mine = np.ones(len(entries), bool)
        """Slots whose assets are answered here, and not by another scorer."""
        self.took_s: float | None = None
        """Seconds of a call, of the newest calls mainly; None before the first. All rows of a call wait for its end."""

    def go_on(self, old: Sequence["Shelf"]) -> None:
        """Takes over what shelves before know of its models: windows, missing signals, thresholds of masks."""
        for shelf in old:
            self.scorer.carry_thresholds(shelf.scorer)
        self.state = self.scorer.carry_over(*(shelf.state for shelf in old))
        self.took_s = next((shelf.took_s for shelf in old if shelf.name == self.name), None)

    def take_over(self, state: ScoreState, slots: np.ndarray) -> None:
        """Goes on with these slots where another scorer stands."""
        theirs = self.scorer.carry_over(state)
        for name in ("since_missing", "window", "past"):
            getattr(self.state, name)[slots] = getattr(theirs, name)[slots]

    def slots(self, batch: pa.RecordBatch) -> np.ndarray:
        """int64 [rows]: the slot of each row's asset, -1 where none answers here. A look-up an asset, in Arrow."""
        assets = batch.column("asset")
        found = pc.index_in(assets.dictionary, value_set=self.assets)  # pyright: ignore[reportAttributeAccessIssue]
        slot_of = found.fill_null(-1).to_numpy().astype(np.int64)
        slot_of = np.where((slot_of >= 0) & self.mine[slot_of], slot_of, -1)
        return slot_of[assets.indices.to_numpy()]

    def values(self, batch: pa.RecordBatch, rows: np.ndarray) -> np.ndarray:
        """float64 [rows, signals] in the order of this contract version; NaN where missing."""
        result = np.full((len(rows), len(self.contract.signals)), np.nan)
        names = {name: place for place, name in enumerate(batch.schema.names)}
        for column, signal in enumerate(self.contract.signals):
            if signal in names:
                result[:, column] = batch.column(names[signal]).to_numpy(zero_copy_only=False)[rows]
        return result

    def score(
        self, batches: Sequence[pa.RecordBatch], state: ScoreState | None = None, explain_above: float = ABNORMAL
    ) -> list[Part]:
        """A part for each batch; changes `state`, by default the shelf's own. Rows count in the order of arrival,
        those of one batch in the order of source time. Rows above `explain_above` name the signals that made them so.
        """
        picked = []
        for batch in batches:
            slots = self.slots(batch)
            rows = np.flatnonzero(slots >= 0)
            time = batch.column("time").cast(pa.int64()).to_numpy()
            rows = rows[np.argsort(time[rows], kind="stable")]
            picked.append((rows, slots[rows]))
        slots = np.concatenate([slots for _, slots in picked])
        values = np.concatenate([self.values(batch, rows) for batch, (rows, _) in zip(batches, picked, strict=True)])
        block = self._score(slots, values, self.state if state is None else state, explain_above)
        bounds = np.cumsum([0, *(len(rows) for rows, _ in picked)])
        return [
            Part(rows, mine, self.versions, _cut(block, bounds[i], bounds[i + 1]))
            for i, (rows, mine) in enumerate(picked)
        ]

    def _score(self, slots: np.ndarray, values: np.ndarray, state: ScoreState, explain_above: float) -> ScoreBlock:
        """A model that breaks in service costs its rows their score, which then says so, and not the stream."""
        begun = time.perf_counter()
        try:
            block = self.scorer.score(slots, values, None, state, explain_above)
            self._note(time.perf_counter() - begun, len(slots))
            return block
        except Exception:
            log.exception("a shelf could not score: contract %s, %d rows", self.contract.id, len(slots))
            self._raised()
            return _unanswered(slots, values)

    def _note(self, took_s: float, rows: int) -> None:
        if rows:
            before = took_s if self.took_s is None else self.took_s
            self.took_s = before + _NEWEST * (took_s - before)

    def _raised(self) -> None:
        """Scoring raised; the rows are answered with that."""


class Book:
    """The shelves, by contract."""

    def __init__(self, shelves: Iterable[Shelf] = ()) -> None:
        self.shelves: dict[UUID, list[Shelf]] = {}
        for shelf in shelves:
            self.shelves.setdefault(shelf.contract.id, []).append(shelf)

    def all(self) -> list[Shelf]:
        return [shelf for shelves in self.shelves.values() for shelf in shelves]

    def go_on(self, old: "Book") -> None:
        """Models go on where they stood, also those that stood on another shelf of the same contract version."""
        for shelf in self.all():
            shelf.go_on([other for other in old.all() if other.name[:2] == shelf.name[:2]])

    def states(self) -> dict[ShelfName, ScoreState]:
        """A copy of all that is remembered."""
        return {shelf.name: _copy(shelf.state) for shelf in self.all()}

    def recall(self, states: Mapping[ShelfName, ScoreState]) -> None:
        """Goes on where the scorer stood that had these states."""
        for shelf in self.all():
            known = (state for name, state in states.items() if name[:2] == shelf.name[:2])
            shelf.state = shelf.scorer.carry_over(*known)

    def narrow(self, number: int, scorers: int) -> None:
        """Answers from now on the assets of one of several scorers only."""
        for shelf in self.all():
            shelf.mine = owners(shelf.scorer.assets, scorers) == number

    def take_over(self, states: Mapping[ShelfName, ScoreState], other: int, number: int, change: Change) -> None:
        """Goes on where scorer `other` stood, with those of its assets that are scorer `number`'s from now on."""
        for shelf in self.all():
            if shelf.name in states:
                assets = shelf.scorer.assets
                moved = (owners(assets, change.before) == other) & (owners(assets, change.after) == number)
                shelf.take_over(states[shelf.name], np.flatnonzero(moved))

    def score(self, blocks: Sequence[Block], role: int, explain_above: float = ABNORMAL) -> list[pa.RecordBatch | None]:
        """The answers to each block, in order; None where no row's asset is served."""
        result: list[pa.RecordBatch | None] = [None] * len(blocks)
        for contract in dict.fromkeys(block.contract for block in blocks):
            mine = [place for place, block in enumerate(blocks) if block.contract == contract]
            shelves = self.shelves.get(contract, [])
            if not shelves:
                continue
            batches = [blocks[place].batch for place in mine]
            parts = [shelf.score(batches, explain_above=explain_above) for shelf in shelves]
            version = max(shelf.contract.version for shelf in shelves)
            for number, place in enumerate(mine):
                facts = {"contract": str(contract), "version": str(version), "sequence": str(blocks[place].sequence)}
                result[place] = answers(batches[number], [part[number] for part in parts], role, facts)
        return result

    def ask(self, contract: UUID, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """The answers the rows would get next in the stream; nothing remembers them. Every row is explained: who asks
        wants to know."""
        shelves = self.shelves.get(contract, [])
        parts = [shelf.score([batch], _copy(shelf.state), -np.inf)[0] for shelf in shelves]
        version = max((shelf.contract.version for shelf in shelves), default=0)
        return answers(batch, parts, wire.ROLE_CHAMPION, {"contract": str(contract), "version": str(version)})


def _copy(state: ScoreState) -> ScoreState:
    arrays = {name: getattr(state, name).copy() for name in ("since_missing", "window", "past")}
    return replace(state, **arrays)


def _cut(block: ScoreBlock, start: int, end: int) -> ScoreBlock:
    return ScoreBlock(**{name: getattr(block, name)[start:end] for name in ScoreBlock.__slots__})


def _unanswered(slots: np.ndarray, values: np.ndarray) -> ScoreBlock:
    rows, nothing = len(slots), np.full(len(slots), np.nan, np.float32)
    return ScoreBlock(
        raw=nothing,
        smoothed=nothing,
        value=nothing,
        threshold=nothing,
        route=np.full(rows, wire.ROUTE_NONE, np.int8),
        coverage=np.isfinite(values).mean(axis=1, dtype=np.float32),
        expected_loss=np.ones(rows, np.float32),
        used=np.isfinite(values),
        top=np.full((rows, TOP), -1, np.int16),
        share=np.zeros((rows, TOP), np.float32),
    )
