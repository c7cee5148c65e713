"""Scores of champion and shadow become alarms, and alarms are held against what happened. Arrays only, no loop over
assets or rows.

The alarms are those that monitoring would have raised: its rule, replayed for both from the first row on with no alarm
on. `docs/reference/shadow-verdicts.md` says how each figure comes about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from andon_sdk.plugin import AlarmRule
from services.monitoring import model
from services.verdicts.contracts import ByAsset, Compared, Daily, Labels, Matters, Scores, Stretch, Targets

WARNS_WITHIN = np.timedelta64(14, "D")
"""An alarm longer before a failure is not about it."""
AFTERMATH = np.timedelta64(1, "D")
"""An alarm so soon after a failure is about it, but warns of nothing."""
EARLIER = np.timedelta64(1, "D")
"""A warning so much earlier than the other's is worth as much as one that the other missed."""
QUIET = np.timedelta64(int(model.CASE_QUIET.total_seconds()), "s")
DAY = np.timedelta64(1, "D")
MOST_EXAMPLES = 20
_SECOND = np.timedelta64(1, "s")
_NEVER = -1e12
"""Warning time in seconds that stands for none."""


def compare(rule: AlarmRule, scores: Scores, labels: Labels, assets: int, gap_s: float) -> Compared:
    """`assets`: how many there are; `gap_s`: rows further apart have a gap between them, which is no time watched."""
    settled = _last(scores, assets) - WARNS_WITHIN
    targets = _targets(scores, labels, assets)
    found: list[Matters] = []
    warnings: list[np.ndarray] = []
    on: list[np.ndarray] = []
    for value in (scores.champion, scores.shadow):
        episodes = model.watch(rule, scores.asset, value, _nothing(rule, assets))[1]
        on.append(_active(episodes, scores))
        matters = _matters(episodes, scores, assets)
        warned, explained = _held_against(matters, targets, labels)
        late = matters.raised > settled[matters.asset]
        sure = _judged_normal(matters, labels)
        matters.false[:] = ~explained & (~late | sure)
        matters.waiting[:] = ~explained & late & ~sure
        found.append(matters)
        warnings.append(warned)
    told = Targets(targets.asset, targets.at, targets.failure, warnings[0], warnings[1])
    daily = _daily(scores, told, found[0], found[1], settled)
    gain, mean_gain = together(daily)
    return Compared(
        targets=told,
        champion=found[0],
        shadow=found[1],
        rows=len(scores.asset),
        unanswered_champion=int(np.isnan(scores.champion).sum()),
        unanswered_shadow=int(np.isnan(scores.shadow).sum()),
        days=_watched_days(scores, gap_s),
        stretches=_stretches(scores, on[0], on[1]),
        gain=gain,
        mean_gain=mean_gain,
        daily=daily,
        by_asset=_by_asset(scores, told, found[0], found[1], assets),
    )


def _nothing(rule: AlarmRule, assets: int) -> model.RuleState:
    return model.RuleState(np.zeros((assets, rule.of_rows), bool), np.zeros(assets, np.int64), np.zeros(assets, bool))


def _last(scores: Scores, assets: int) -> np.ndarray:
    """datetime64[us] [assets]: the last row of each."""
    last = np.full(assets, np.datetime64(0, "us"))
    last[scores.asset] = scores.time  # by asset and time, so the last one stays
    return last


def _first(scores: Scores, assets: int) -> np.ndarray:
    first = np.full(assets, np.datetime64(0, "us"))
    first[scores.asset[::-1]] = scores.time[::-1]
    return first


def _ends(scores: Scores) -> np.ndarray:
    """int64 [rows]: the last row of the row's asset."""
    return np.searchsorted(scores.asset, scores.asset, "right") - 1


def _active(episodes: model.Episodes, scores: Scores) -> np.ndarray:
    """bool [rows]: an alarm was on after the row. No alarm was on before the first."""
    rows = len(scores.asset)
    steps = np.zeros(rows + 1, np.int64)
    off = np.where(episodes.cleared < 0, _ends(scores)[episodes.raised] + 1, episodes.cleared)
    np.add.at(steps, episodes.raised, 1)
    np.add.at(steps, off, -1)
    return np.cumsum(steps[:rows]) > 0


def _matters(episodes: model.Episodes, scores: Scores, assets: int) -> Matters:
    """Gathers episodes of an asset with less than `QUIET` between them."""
    raised = scores.time[episodes.raised]
    last = _last(scores, assets)[episodes.asset]
    ended = np.where(episodes.cleared < 0, last, scores.time[episodes.cleared])
    opens = np.ones(len(raised), bool)
    opens[1:] = (episodes.asset[1:] != episodes.asset[:-1]) | (raised[1:] - ended[:-1] >= QUIET)
    first = np.flatnonzero(opens)
    peak = np.maximum.reduceat(episodes.peak, first) if len(first) else episodes.peak
    closes = np.append(first[1:], len(raised))[: len(first)] - 1
    no = np.zeros(len(first), bool)
    return Matters(episodes.asset[first], raised[first], ended[closes], peak, no, no.copy())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Targets by asset and time, with the time in which an alarm is about each."""

    asset: np.ndarray
    at: np.ndarray
    failure: np.ndarray
    opens: np.ndarray
    ends: np.ndarray


def _targets(scores: Scores, labels: Labels, assets: int) -> _Wanted:
    """Failures and abnormal periods while there were rows. A period that leads up to a failure belongs to it."""
    first, last = _first(scores, assets), _last(scores, assets)
    there = (labels.failure_at >= first[labels.failure_asset]) & (
        labels.failure_at <= last[labels.failure_asset] + AFTERMATH
    )
    asset, at = labels.failure_asset[there], labels.failure_at[there]
    opens = at - WARNS_WITHIN
    abnormal = labels.abnormal & (labels.end > first[labels.asset]) & (labels.start <= last[labels.asset])
    who, start, end = labels.asset[abnormal], labels.start[abnormal], labels.end[abnormal]
    period, failure = _pairs(who, asset)
    leads = (start[period] <= at[failure]) & (at[failure] <= end[period] + AFTERMATH)
    np.minimum.at(opens, failure[leads], start[period[leads]])
    alone = np.ones(len(who), bool)
    alone[period[leads]] = False
    columns = (
        np.concatenate([asset, who[alone]]),
        np.concatenate([at, start[alone]]),
        np.concatenate([np.ones(len(at), bool), np.zeros(int(alone.sum()), bool)]),
        np.concatenate([opens, start[alone]]),
        np.concatenate([at, end[alone]]),
    )
    order = np.lexsort((columns[1], columns[0]))
    return _Wanted(*(column[order] for column in columns))


def _pairs(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all pairs of one of `left` and one of `right` that have the same asset."""
    order = np.argsort(right, kind="stable")
    begin = np.searchsorted(right[order], left, "left")
    count = np.searchsorted(right[order], left, "right") - begin
    mine = np.repeat(np.arange(len(left)), count)
    place = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
    return mine, order[np.repeat(begin, count) + place]


def _held_against(matters: Matters, targets: _Wanted, labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Warning time in seconds of each target, NaN where there was none; and whether something explains each matter."""
    matter, target = _pairs(matters.asset, targets.asset)
    normal = _judged_normal(matters, labels)
    raised, ended = matters.raised[matter], matters.ended[matter]
    about = (raised <= targets.ends[target]) & (ended >= targets.opens[target]) & ~normal[matter]
    after = targets.failure[target] & (raised > targets.at[target]) & (raised <= targets.at[target] + AFTERMATH)
    explained = np.zeros(len(matters.asset), bool)
    explained[matter[about | (after & ~normal[matter])]] = True
    early = np.minimum(targets.opens, targets.at - WARNS_WITHIN)[target[about]]
    ahead = targets.at[target[about]] - np.maximum(raised[about], early)
    warned = np.full(len(targets.asset), -np.inf)
    np.maximum.at(warned, target[about], ahead / _SECOND)
    return np.where(np.isinf(warned), np.nan, warned), explained


def _judged_normal(matters: Matters, labels: Labels) -> np.ndarray:
    """bool: the last word on the moment that raised it is that it was normal."""
    matter, label = _pairs(matters.asset, labels.asset)
    covers = (labels.start[label] <= matters.raised[matter]) & (matters.raised[matter] < labels.end[label])
    newest = np.full(len(matters.asset), -1)
    np.maximum.at(newest, matter[covers], label[covers])
    return (newest >= 0) & ~np.append(labels.abnormal, True)[newest]


def _watched_days(scores: Scores, gap_s: float) -> float:
    same = scores.asset[1:] == scores.asset[:-1]
    apart = (scores.time[1:] - scores.time[:-1])[same] / _SECOND
    return float(apart[apart <= gap_s].sum() / 86_400)


def _stretches(scores: Scores, champion: np.ndarray, shadow: np.ndarray) -> tuple[Stretch, ...]:
    """Runs of rows on which exactly one alarm was on, the longest first."""
    says = shadow.astype(np.int8) - champion.astype(np.int8)
    if not len(says):
        return ()
    change = np.ones(len(says), bool)
    change[1:] = (says[1:] != says[:-1]) | (scores.asset[1:] != scores.asset[:-1])
    first = np.flatnonzero(change)
    last = np.append(first[1:], len(says)) - 1
    alarmed = np.where(says > 0, scores.shadow, scores.champion)
    peak = np.maximum.reduceat(np.where(np.isnan(alarmed), -np.inf, alarmed), first)
    differ = np.flatnonzero(says[first] != 0)
    length = scores.time[last[differ]] - scores.time[first[differ]]
    longest = differ[np.argsort(-length.astype(np.int64), kind="stable")[:MOST_EXAMPLES]]
    return tuple(
        Stretch(
            int(scores.asset[first[i]]),
            moment(scores.time[first[i]]),
            moment(scores.time[last[i]]),
            bool(says[first[i]] > 0),
            float(peak[i]),
        )
        for i in longest
    )


def _daily(scores: Scores, targets: Targets, champion: Matters, shadow: Matters, settled: np.ndarray) -> Daily:
    """Of an asset and settled day: false alarms that the shadow spared or added, and failures of which it warned alone
    or a day earlier."""
    day = scores.time.astype("datetime64[D]").astype(np.int64)
    kept = scores.time.astype("datetime64[D]") < settled[scores.asset].astype("datetime64[D]")
    begin = int(day[kept].min()) if kept.any() else 0
    width = int(day[kept].max()) - begin + 1 if kept.any() else 0
    seen = np.zeros((len(settled), width), bool)
    seen[scores.asset[kept], day[kept] - begin] = True
    net = np.zeros(seen.shape)

    def add(asset: np.ndarray, at: np.ndarray, worth: np.ndarray) -> None:
        which = at.astype("datetime64[D]").astype(np.int64) - begin
        there = (which >= 0) & (which < width)
        np.add.at(net, (asset[there], which[there]), worth[there])

    add(champion.asset, champion.raised, champion.false.astype(float))
    add(shadow.asset, shadow.raised, -shadow.false.astype(float))
    earlier = np.nan_to_num(targets.shadow, nan=_NEVER) - np.nan_to_num(targets.champion, nan=_NEVER)
    worth = np.where(np.abs(earlier) < EARLIER / _SECOND, 0.0, np.sign(earlier))
    add(targets.asset, targets.at, worth)
    return Daily(begin, np.clip(np.where(seen, net, 0.0), -1, 1), seen)


def together(daily: Daily) -> tuple[np.ndarray, np.ndarray]:
    """What the shadows gained on each day on which any had rows: on all assets within -1 and 1, and per asset."""
    total, count = daily.net.sum(axis=0), daily.seen.sum(axis=0)
    days = np.flatnonzero(count)
    return np.clip(total[days], -1, 1), total[days] / count[days]


def side_by_side(all_daily: Sequence[Daily]) -> Daily:
    """Those of several contracts as those of one, on the days of all of them."""
    wide = [daily for daily in all_daily if daily.net.shape[1]]
    begin = min((daily.first_day for daily in wide), default=0)
    end = max((daily.first_day + daily.net.shape[1] for daily in wide), default=0)
    net = np.zeros((sum(len(daily.net) for daily in all_daily), end - begin))
    seen = np.zeros(net.shape, bool)
    row = 0
    for daily in all_daily:
        place = slice(row, row + len(daily.net))
        column = daily.first_day - begin if daily.net.shape[1] else 0
        net[place, column : column + daily.net.shape[1]] = daily.net
        seen[place, column : column + daily.net.shape[1]] = daily.seen
        row += len(daily.net)
    return Daily(begin, net, seen)


def _by_asset(scores: Scores, targets: Targets, champion: Matters, shadow: Matters, assets: int) -> ByAsset:
    def count(asset: np.ndarray, which: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(asset if which is None else asset[which], minlength=assets)

    by_champion, by_shadow = ~np.isnan(targets.champion), ~np.isnan(targets.shadow)
    return ByAsset(
        rows=count(scores.asset),
        unanswered_champion=count(scores.asset, np.isnan(scores.champion)),
        unanswered_shadow=count(scores.asset, np.isnan(scores.shadow)),
        targets=count(targets.asset),
        gained=count(targets.asset, by_shadow & ~by_champion),
        lost=count(targets.asset, by_champion & ~by_shadow),
        false_champion=count(champion.asset, champion.false),
        false_shadow=count(shadow.asset, shadow.false),
    )


def moment(time: np.datetime64 | np.ndarray) -> datetime:
    """Of one moment in UTC, as an element of an array is."""
    return time.astype("datetime64[us]").item().replace(tzinfo=UTC)
