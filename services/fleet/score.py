"""Score rows of many assets in one call.

A *slot* is one model version of one asset: a champion and its shadows are slots like any other, with state of their
own. Rows go through four steps, each on all rows at once: which signals may be used (hysteresis), which model answers
(route), what it says (stacked modules on tiles of rows), what that means (threshold of the mask, causal running
median).

**Value.** Each answered row's raw score is divided by the threshold of its mask; the value is the running median of
these over the version's last `smooth_rows` answered rows. While the mask stays the same that is smoothed raw /
threshold; when it changes, scores of different models are not mixed in one window.

**Start.** A version that is new to a state begins with a window full of its own typical calibration score, so its
first rows are judged like any other rows; whether a signal had been missing is taken from the asset's other slots.

**Same answer.** Row by row, in blocks of any size, live or from history: the same rows in the same order give the
same scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from andon_sdk.plugin import Recipe
from services.fleet.group import Group
from services.fleet.pack import Pack
from services.fleet.prepare import scaled
from services.fleet.smooth import window_median

MAIN, FALLBACK, NONE = 0, 1, 2
TOP = 3
ABNORMAL = 1.0
"""Value above which a row is abnormal, and is told which signals made it so."""
_CHUNK = 65_536
"""Rows of history gathered at once: memory is bounded whatever a block holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model version to be served."""

    key: str
    """Of the version: a slot with the same key keeps its state when stacks are swapped."""
    asset: str
    pack: Pack
    index: int
    blueprint: Recipe


@dataclass(slots=True)
class ScoreState:
    """What scoring remembers between blocks; belongs to one stream of rows. Changed in place by `score`."""

    keys: tuple[str, ...]
    assets: tuple[str, ...]
    since_missing: np.ndarray
    """int16 [slots, signals]: rows with a value since the signal was last missing, saturated."""
    window: np.ndarray
    """float32 [slots, smooth_rows]: last answered raw scores over their thresholds, newest last; NaN before the
    window."""
    past: np.ndarray
    """float32 [slots, history - 1, 2, signals]: last rows as the version saw them, scaled values and presence."""


@dataclass(frozen=True, slots=True)
class ScoreBlock:
    """Answers for the rows of one call, in their order."""

    raw: np.ndarray
    """float32 [rows]; NaN where the row cannot be answered, as in `smoothed`, `value` and `threshold`."""
    smoothed: np.ndarray
    """float32 [rows]: value × threshold."""
    value: np.ndarray
    """float32 [rows]: above 1 is abnormal."""
    threshold: np.ndarray
    route: np.ndarray
    """int8 [rows]: 0 main, 1 fallback, 2 none."""
    coverage: np.ndarray
    """float32 [rows]: share of the contract's signals used."""
    expected_loss: np.ndarray
    """float32 [rows]: share of detection power lost with what is missing; 1 where unanswered."""
    used: np.ndarray
    """bool [rows, signals]."""
    top: np.ndarray
    """int16 [rows, 3]: positions of the signals that contribute most, largest first; -1 where there is none, and
    everywhere in rows that were not to be explained."""
    share: np.ndarray
    """float32 [rows, 3]: their shares of the raw score."""


class Scorer:
    """A stack of slots. Weights never change; a new set of slots is a new Scorer."""

    def __init__(self, entries: Sequence[Entry], carry: "Scorer | None" = None) -> None:
        """`carry`: a scorer whose learned thresholds are taken over for slots with the same key."""
        if not entries:
            raise ValueError("a scorer needs at least one entry")
        if len({len(entry.pack.essential) for entry in entries}) > 1:
            raise ValueError("all entries of a scorer must read the same contract")
        self.keys = tuple(entry.key for entry in entries)
        self.assets = tuple(entry.asset for entry in entries)
        self.slot_of = {key: slot for slot, key in enumerate(self.keys)}
        self.signals = len(entries[0].pack.essential)
        self.group_of = np.zeros(len(entries), np.int64)
        self.local = np.zeros(len(entries), np.int64)
        self.groups: list[Group] = []
        kinds: dict[object, list[int]] = {}
        for slot, entry in enumerate(entries):
            kinds.setdefault(Group.kind(entry.blueprint, entry.pack), []).append(slot)
        for slots in kinds.values():
            self.group_of[slots] = len(self.groups)
            self.local[slots] = np.arange(len(slots))
            members = [entries[slot] for slot in slots]
            self.groups.append(Group(members[0].blueprint, [(m.pack, m.index) for m in members]))
        ordered = [(self.groups[g], i) for g, i in zip(self.group_of, self.local, strict=True)]
        self.known = np.stack([group.known[i] for group, i in ordered])
        self.essential = np.stack([group.essential[i] for group, i in ordered])
        self.judged = np.stack([~entry.pack.exogenous for entry in entries])
        self.center = np.stack([group.center[i] for group, i in ordered])
        self.scale = np.stack([group.scale[i] for group, i in ordered])
        self.typical = np.array([group.full.typical[i] for group, i in ordered], np.float32)
        self.smooth_rows = np.array([group.rule.smooth_rows for group, _ in ordered], np.int64)
        self.history = max(group.stack.history for group in self.groups)
        self.return_rows = np.array([group.return_rows for group, _ in ordered], np.int16)
        if carry is not None:
            self.carry_thresholds(carry)

    def state(self) -> ScoreState:
        """State before the first row: nothing was missing, windows hold the version's typical score."""
        width = int(self.smooth_rows.max())
        window = np.repeat(self.typical[:, None], width, axis=1)
        window[np.arange(width)[None, :] < width - self.smooth_rows[:, None]] = np.nan
        since = np.repeat(self.return_rows[:, None], self.signals, axis=1)
        past = np.zeros((len(self.keys), self.history - 1, 2, self.signals), np.float32)
        return ScoreState(self.keys, self.assets, since, window, past)

    def carry_over(self, *old: ScoreState) -> ScoreState:
        """State of this scorer that goes on where `old`, of others, stood: slots with the same key keep everything,
        new versions of an asset that was there take over what is known of its signals."""
        new = self.state()
        for state in old:
            to, source = _pairs(self.assets, state.assets)
            self._take_signals(new, to, state, source)
        for state in old:
            to, source = _pairs(self.keys, state.keys)
            self._take_signals(new, to, state, source)
            width = min(new.window.shape[1], state.window.shape[1])
            new.window[to, new.window.shape[1] - width :] = state.window[source, state.window.shape[1] - width :]
            depth = min(new.past.shape[1], state.past.shape[1])
            new.past[to, new.past.shape[1] - depth :] = state.past[source, state.past.shape[1] - depth :]
        return new

    def _take_signals(self, new: ScoreState, to: np.ndarray, old: ScoreState, source: np.ndarray) -> None:
        new.since_missing[to] = np.minimum(old.since_missing[source], self.return_rows[to][:, None])

    def score(
        self,
        slots: np.ndarray,
        values: np.ndarray,
        present: np.ndarray | None,
        state: ScoreState,
        explain_above: float = ABNORMAL,
    ) -> ScoreBlock:
        """Score rows in order of time: `slots` int [rows], `values` float64 [rows, signals] in physical units,
        `present` bool [rows, signals] or None for all that is not NaN. Rows of one slot must be in order; slots may
        be mixed. Rows whose value is above `explain_above` say which signals contribute most.

        Raises ValueError when `state` belongs to another scorer.
        """
        if state.keys != self.keys:
            raise ValueError("the state belongs to another scorer: use carry_over")
        finite = np.isfinite(values)
        present = finite if present is None else present & finite
        order = np.argsort(slots, kind="stable")
        slots = np.asarray(slots)[order]
        used = self._usable(slots, present[order], state) & self.known[slots]
        route = self._route(slots, used)
        answered = np.flatnonzero(route != NONE)
        result = _Answers.empty(len(slots), self.signals)
        seen = _Line.of(self, slots, values[order], used, state)
        for i in range(0, len(answered), _CHUNK // self.history):
            self._answer(slots, seen, used, route, answered[i : i + _CHUNK // self.history], result)
        unclear = np.isnan(result.threshold)
        route[unclear] = NONE
        answered = np.flatnonzero(~unclear)
        value = np.full(len(slots), np.nan, np.float32)
        value[answered] = self._smooth(slots[answered], (result.raw / result.threshold)[answered], state)
        result.explain(np.flatnonzero(value > explain_above))
        return self._block(order, used, route, value, result)

    def _usable(self, slots: np.ndarray, present: np.ndarray, state: ScoreState) -> np.ndarray:
        """bool [rows, signals], rows sorted by slot: present, and long enough since it was last missing."""
        first = (
            np.flatnonzero(np.concatenate([[True], slots[1:] != slots[:-1]])) if len(slots) else np.zeros(0, np.int64)
        )
        start = np.repeat(first, np.diff(np.append(first, len(slots))))
        if present.all() and (state.since_missing[slots[first]] >= self.return_rows[slots[first]][:, None]).all():
            return present
        row = np.arange(len(slots))
        gone = np.maximum.accumulate(np.where(present, -1, row[:, None]), axis=0)
        before = state.since_missing[slots].astype(np.int64) + (row - start + 1)[:, None]
        since = np.where(gone >= start[:, None], row[:, None] - gone, before)
        since = np.minimum(since, self.return_rows[slots][:, None])
        last = np.append(first[1:], len(slots)) - 1
        state.since_missing[slots[last]] = since[last]
        return present & (since >= self.return_rows[slots][:, None])

    def _route(self, slots: np.ndarray, used: np.ndarray) -> np.ndarray:
        full = (used == self.known[slots]).all(axis=1)
        can = (used | ~self.essential[slots]).all(axis=1) & (used & self.judged[slots]).any(axis=1)
        return np.where(can, np.where(full, MAIN, FALLBACK), NONE).astype(np.int8)

    def _answer(
        self, slots: np.ndarray, seen: "_Line", used: np.ndarray, route: np.ndarray, at: np.ndarray, out: "_Answers"
    ) -> None:
        """Raw scores, contributions, thresholds and losses of the answerable rows `at`, written to `out`."""
        for number, group in enumerate(self.groups):
            mine = at[self.group_of[slots[at]] == number] if len(self.groups) > 1 else at
            if not len(mine):
                continue
            local, fallback = self.local[slots[mine]], route[mine] == FALLBACK
            parts = group.contributions(local, fallback, *seen.windows(mine, used[mine], group.stack.history))
            out.raw[mine], out.parts[mine] = parts.sum(axis=1), parts
            out.threshold[mine], out.loss[mine] = group.levels_of(local, fallback, used[mine])

    def _smooth(self, slots: np.ndarray, ratio: np.ndarray, state: ScoreState) -> np.ndarray:
        """Running medians of rows sorted by slot; the windows in `state` move on."""
        if not len(slots):
            return np.zeros(0, np.float32)
        width = state.window.shape[1]
        first = np.flatnonzero(np.concatenate([[True], slots[1:] != slots[:-1]]))
        segment = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(slots))))
        place = np.arange(len(slots)) + (segment + 1) * width  # each segment is preceded by its slot's window
        line = np.empty(len(slots) + len(first) * width, np.float32)
        line[place] = ratio
        history = first + np.arange(len(first)) * width
        line[history[:, None] + np.arange(width)] = state.window[slots[first]]
        windows = line[place[:, None] + np.arange(1 - width, 1)]
        if (self.smooth_rows != width).any():
            windows[np.arange(width)[None, :] < width - self.smooth_rows[slots][:, None]] = np.nan
        state.window[slots[first]] = windows[np.append(first[1:], len(slots)) - 1]
        return window_median(windows)

    def _block(
        self, order: np.ndarray, used: np.ndarray, route: np.ndarray, value: np.ndarray, result: "_Answers"
    ) -> ScoreBlock:
        back = np.argsort(order, kind="stable")
        return ScoreBlock(
            raw=result.raw[back],
            smoothed=(value * result.threshold)[back],
            value=value[back],
            threshold=result.threshold[back],
            route=route[back],
            coverage=used.mean(axis=1, dtype=np.float32)[back],
            expected_loss=result.loss[back],
            used=used[back],
            top=result.top[back],
            share=result.share[back],
        )

    def carry_thresholds(self, old: "Scorer") -> None:
        """Takes over what `old` learned of masks, for slots with the same key."""
        for number, group in enumerate(self.groups):
            here = np.flatnonzero(self.group_of == number)
            for other_number, other in enumerate(old.groups):
                pairs = [
                    (self.local[s], old.local[o])
                    for s in here
                    if (o := old.slot_of.get(self.keys[s])) is not None and old.group_of[o] == other_number
                ]
                group.carry(other, pairs)


def _pairs(here: Sequence[str], there: Sequence[str]) -> np.ndarray:
    """int64 [2, n]: places of the names that are in both, here and there; of a name that is there twice, the last."""
    place_of = {name: place for place, name in enumerate(there)}
    found = [(place, place_of[name]) for place, name in enumerate(here) if name in place_of]
    return np.array(found, np.int64).reshape(-1, 2).T


@dataclass(frozen=True, slots=True)
class _Line:
    """Rows sorted by slot, each slot's preceded by its past rows, so that histories are one gather."""

    rows: np.ndarray
    """float32 [line, 2, signals]: scaled values and presence."""
    place: np.ndarray
    """int64 [rows]: where each row stands in the line."""

    @classmethod
    def of(cls, scorer: Scorer, slots: np.ndarray, values: np.ndarray, used: np.ndarray, state: ScoreState) -> "_Line":
        """Build the line; the past in `state` moves on."""
        x = scaled(values, scorer.center[slots], scorer.scale[slots], used)
        rows = np.stack([x, used.astype(np.float32)], axis=1)
        depth = scorer.history - 1
        if not depth or not len(slots):
            return cls(rows, np.arange(len(slots)))
        first = np.flatnonzero(np.concatenate([[True], slots[1:] != slots[:-1]]))
        segment = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(slots))))
        place = np.arange(len(slots)) + (segment + 1) * depth
        line = np.empty((len(slots) + len(first) * depth, *rows.shape[1:]), np.float32)
        line[place] = rows
        start = first + np.arange(len(first)) * depth
        line[start[:, None] + np.arange(depth)] = state.past[slots[first]]
        last = place[np.append(first[1:], len(slots)) - 1]
        state.past[slots[first]] = line[last[:, None] + np.arange(1 - depth, 1)]
        return cls(line, place)

    def windows(self, at: np.ndarray, used: np.ndarray, history: int) -> tuple[np.ndarray, np.ndarray]:
        """Scaled values and presence of rows `at` [at, (history,) signals]; the row's own mask holds for its
        history."""
        if history == 1:
            both = self.rows[self.place[at]]
            return both[:, 0], both[:, 1]
        both = self.rows[self.place[at][:, None] + np.arange(1 - history, 1)]
        mask = used[:, None].astype(np.float32)
        return both[:, :, 0] * mask, both[:, :, 1] * mask


@dataclass(slots=True)
class _Answers:
    raw: np.ndarray
    threshold: np.ndarray
    loss: np.ndarray
    parts: np.ndarray
    """float32 [rows, signals]: what each signal adds to the raw score; anything where a row is not answered."""
    top: np.ndarray
    share: np.ndarray

    @classmethod
    def empty(cls, rows: int, signals: int) -> "_Answers":
        return cls(
            raw=np.full(rows, np.nan, np.float32),
            threshold=np.full(rows, np.nan, np.float32),
            loss=np.ones(rows, np.float32),
            parts=np.empty((rows, signals), np.float32),
            top=np.full((rows, TOP), -1, np.int16),
            share=np.zeros((rows, TOP), np.float32),
        )

    def explain(self, at: np.ndarray) -> None:
        """Which signals contribute most to rows `at`, answered ones."""
        if len(at):
            self.top[at], self.share[at] = _largest(self.parts[at])


def _largest(parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions and shares of the three largest contributions of each row; -1 where a row has fewer signals."""
    count = min(TOP, parts.shape[1])
    some = np.argpartition(-parts, count - 1, axis=1)[:, :count]
    some = np.take_along_axis(some, np.argsort(-np.take_along_axis(parts, some, 1), axis=1, kind="stable"), 1)
    amount = np.take_along_axis(parts, some, 1)
    share = np.maximum(amount, 0) / np.maximum(np.maximum(parts, 0).sum(axis=1, keepdims=True), 1e-12)
    top = np.full((len(parts), TOP), -1, np.int16)
    shares = np.zeros((len(parts), TOP), np.float32)
    top[:, :count] = np.where(amount > 0, some, -1)
    shares[:, :count] = share
    return top, shares
