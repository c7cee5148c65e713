"""What is proposed to a person, and why. The one place for the English; codes and facts are for other languages."""

from collections.abc import Sequence

import numpy as np

from services.serving.contracts import ShadowLatency
from services.verdicts.contracts import (
    Advice,
    Compared,
    Figures,
    Judged,
    Matters,
    Proposal,
    Reason,
    Verdict,
)
from services.verdicts.evidence import moment
from services.verdicts.sequential import ALPHA, MARGIN

MANY_UNANSWERED = 0.1
"""A better shadow that leaves so much more of the rows unanswered is no plain gain."""
FEW_UNANSWERED = 0.01
"""Less of a difference is not worth a word."""
_NAMED = 3
"""Failures that are named one by one."""
_DAY = 86_400.0

_SENTENCES = {
    "warned_earlier": "would have warned {span} earlier before {what} of {date}",
    "warned_later": "would have warned {span} later before {what} of {date}",
    "warning_gained": "would have warned {span} ahead of {what} of {date}, of which the champion did not warn",
    "warning_lost": "would not have warned of {what} of {date}, of which the champion warned {span} ahead",
    "warning_in_period": "would have raised an alarm in {what} of {date}, in which the champion did not",
    "alarm_lost_in_period": "would have raised no alarm in {what} of {date}, in which the champion did",
    "false_alarms_fewer": "{count} false {alarms} fewer in {days} days",
    "false_alarms_more": "{count} false {alarms} more in {days} days",
    "unanswered_more": "{percent} % more rows unanswered",
    "unanswered_less": "{percent} % fewer rows unanswered",
    "no_score": "gave no score in {percent} % of the rows, the champion in {champion} %",
    "slow": "{latency}",
    "alarms_waiting": "{count} {alarms} that a failure still may explain",
    "no_rows": "no rows yet that both scored",
    "stopped": "the cluster stopped it: {why}",
    "no_difference": "no difference so far in warnings, false alarms or answers",
}
_ENDS = {
    (Advice.PROMOTE, Verdict.ENOUGH_BETTER): "enough to call it better (wrong at most {wrong} % of the time): promote?",
    (Advice.LOOK, Verdict.ENOUGH_EQUAL): "equal in warnings and alarms, at a price: look at the examples and decide.",
    (Advice.PROMOTE, Verdict.ENOUGH_EQUAL): "equal in warnings and alarms, and it answers more rows: promote?",
    (Advice.LOOK, Verdict.ENOUGH_BETTER): "enough to call it better, at a price: look at the examples and decide.",
    (Advice.KEEP, Verdict.ENOUGH_WORSE): (
        "enough to call it worse (wrong at most {wrong} % of the time): keep the champion."
    ),
    (Advice.KEEP, Verdict.ENOUGH_EQUAL): (
        "no better or worse than by {margin} false alarms or warnings in 30 days: keep the champion."
    ),
    (Advice.WAIT, Verdict.NOT_YET): "not enough to tell: wait.",
}
_LEFT = "not enough to tell: wait about {left} days more."


def propose(
    compared: Compared,
    figures: Figures,
    judged: Judged,
    stopped: str | None = None,
    latency: ShadowLatency | None = None,
) -> Proposal:
    """`stopped`: why the cluster stopped the shadow, if it did."""
    if stopped:
        reasons = (_reason("stopped", why=stopped), *_reasons(compared, figures, latency))
        return Proposal(Advice.KEEP, reasons, _joined(reasons, "keep the champion."))
    if not figures.rows:
        reasons = (_reason("no_rows"),)
        return Proposal(Advice.WAIT, reasons, _joined(reasons, "wait."))
    advice = _advice(figures, judged, latency)
    reasons = _reasons(compared, figures, latency)
    end = _ENDS[advice, judged.verdict] if judged.days_left is None else _LEFT
    said = end.format(wrong=_number(100 * ALPHA), margin=_number(30 * MARGIN), left=judged.days_left)
    return Proposal(advice, reasons, _joined(reasons, said))


def _advice(figures: Figures, judged: Judged, latency: ShadowLatency | None) -> Advice:
    slow = latency is not None and latency.slow
    more_unanswered = figures.unanswered_shadow - figures.unanswered_champion
    match judged.verdict:
        case Verdict.NOT_YET:
            return Advice.WAIT
        case Verdict.ENOUGH_WORSE:
            return Advice.KEEP
        case Verdict.ENOUGH_EQUAL:
            if more_unanswered > -FEW_UNANSWERED or figures.lost:
                return Advice.KEEP
            return Advice.LOOK if slow else Advice.PROMOTE
        case Verdict.ENOUGH_BETTER:
            return Advice.LOOK if figures.lost or slow or more_unanswered >= MANY_UNANSWERED else Advice.PROMOTE


def _reasons(compared: Compared, figures: Figures, latency: ShadowLatency | None) -> tuple[Reason, ...]:
    found = _warnings(compared)
    fewer = figures.false_champion - figures.false_shadow
    if fewer:
        code = "false_alarms_fewer" if fewer > 0 else "false_alarms_more"
        found.append(_reason(code, count=abs(fewer), days=max(1, round(figures.days))))
    more = figures.unanswered_shadow - figures.unanswered_champion
    if more >= MANY_UNANSWERED:
        said = {"percent": 100 * figures.unanswered_shadow, "champion": 100 * figures.unanswered_champion}
        found.append(_reason("no_score", **{name: _number(percent) for name, percent in said.items()}))
    elif abs(more) >= FEW_UNANSWERED:
        found.append(_reason("unanswered_more" if more > 0 else "unanswered_less", percent=_number(100 * abs(more))))
    if not found:
        found.append(_reason("no_difference"))
    if latency is not None and latency.slow:
        ms = {f"{who}_ms": 1000 * getattr(latency, f"{who}_s") for who in ("shadow", "champion", "limit")}
        found.append(_reason("slow", **ms, latency=latency.sentence))
    if figures.waiting:
        found.append(_reason("alarms_waiting", count=figures.waiting))
    return tuple(found)


def _warnings(compared: Compared) -> list[Reason]:
    """Of the targets in which they differ most: what was lost first, then what differs by most time."""
    targets = compared.targets
    champion, shadow = targets.champion, targets.shadow
    lost, gained = ~np.isnan(champion) & np.isnan(shadow), np.isnan(champion) & ~np.isnan(shadow)
    apart = np.nan_to_num(shadow - champion)
    rank = np.where(lost, 2e12, np.where(gained, 1e12, np.abs(apart)))
    order = np.argsort(-rank, kind="stable")[:_NAMED]
    found: list[Reason] = []
    for i in order[rank[order] >= 60].tolist():
        failure = bool(targets.failure[i])
        what = "the failure" if failure else "the abnormal period"
        facts = {"what": what, "failure": int(failure), "date": moment(targets.at[i]).strftime("%Y-%m-%d")}
        if lost[i] or gained[i]:
            ahead = float(champion[i] if lost[i] else shadow[i])
            within = ("alarm_lost_in_period" if lost[i] else "warning_in_period") if ahead <= 0 else None
            code = within or ("warning_lost" if lost[i] else "warning_gained")
            found.append(_reason(code, **facts, seconds=ahead))
        else:
            code = "warned_earlier" if apart[i] > 0 else "warned_later"
            found.append(_reason(code, **facts, seconds=abs(float(apart[i]))))
    return found


def figures_of(compared: Compared) -> Figures:
    """What is known, in numbers."""
    champion, shadow = compared.targets.champion, compared.targets.shadow
    by_champion, by_shadow = ~np.isnan(champion), ~np.isnan(shadow)
    both = by_champion & by_shadow
    false_champion, false_shadow = int(compared.champion.false.sum()), int(compared.shadow.false.sum())
    months, rows = max(compared.days, 1.0) / 30, max(compared.rows, 1)
    return Figures(
        rows=compared.rows,
        days=compared.days,
        targets=len(champion),
        warned_champion=int(by_champion.sum()),
        warned_shadow=int(by_shadow.sum()),
        gained=int((by_shadow & ~by_champion).sum()),
        lost=int((by_champion & ~by_shadow).sum()),
        earlier_s=float(np.median((shadow - champion)[both])) if both.any() else None,
        false_champion=false_champion,
        false_shadow=false_shadow,
        false_rate_champion=false_champion / months,
        false_rate_shadow=false_shadow / months,
        waiting=_waiting(compared.champion) + _waiting(compared.shadow),
        unanswered_champion=compared.unanswered_champion / rows,
        unanswered_shadow=compared.unanswered_shadow / rows,
    )


def _waiting(matters: Matters) -> int:
    return int(matters.waiting.sum())


def _reason(code: str, **facts: float | int | str) -> Reason:
    words = facts | {
        "span": span(float(facts.get("seconds", 0))),
        "alarms": "alarm" if facts.get("count") == 1 else "alarms",
    }
    kept = {name: value for name, value in facts.items() if name not in ("what", "latency")}
    return Reason(code, kept, _SENTENCES[code].format(**words))


def _joined(reasons: Sequence[Reason], end: str) -> str:
    said = "; ".join([*(reason.sentence for reason in reasons), end])
    return said[0].upper() + said[1:]


def span(seconds: float) -> str:
    """Days, hours or minutes, as a person says it."""
    sizes = (_DAY, "day"), (3600.0, "hour"), (60.0, "minute")
    size, name = next((each for each in sizes if seconds >= each[0]), sizes[-1])
    count = round(seconds / size)
    return f"{count} {name}" + ("" if count == 1 else "s")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
