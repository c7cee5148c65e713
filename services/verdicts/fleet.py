"""How the shadows of a set stand, and what is proposed for all of them. Arrays and contracts only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.serving.contracts import ShadowLatency
from services.verdicts.contracts import (
    Advice,
    ByAsset,
    Daily,
    FleetEvidence,
    Judged,
    Outcome,
    ShadowStanding,
    Verdict,
)
from services.verdicts.proposal import FEW_UNANSWERED, MANY_UNANSWERED
from services.verdicts.sequential import judge_each

_WORDS = {
    Outcome.STOPPED: "stopped by the cluster",
    Outcome.WORSE: "worse",
    Outcome.PRICED: "at a price",
    Outcome.UNDECIDED: "undecided",
    Outcome.EQUAL: "equal",
    Outcome.BETTER: "better",
}
_ENDS = {
    Outcome.WORSE: "enough to call it worse",
    Outcome.PRICED: "look and decide",
    Outcome.EQUAL: "no better or worse",
    Outcome.BETTER: "enough to call it better",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A shadow, and what the cluster says of it."""

    asset: UUID
    champion: UUID
    shadow: UUID
    stopped: str | None
    latency: ShadowLatency | None


def standings(known: Sequence[Known], counts: ByAsset, daily: Daily) -> list[ShadowStanding]:
    """How each stands; arrays in the order of `known`."""
    judged, gain = judge_each(daily.net, daily.seen), daily.net.sum(axis=1)
    columns = (
        counts.rows,
        counts.gained,
        counts.lost,
        counts.false_champion,
        counts.false_shadow,
        counts.unanswered_champion,
        counts.unanswered_shadow,
    )
    found: list[ShadowStanding] = []
    for one, mine, net, *figures in zip(
        known, judged, gain.tolist(), *(each.tolist() for each in columns), strict=True
    ):
        rows, gained, lost, false_champion, false_shadow, silent_champion, silent_shadow = figures
        silent = silent_champion / max(rows, 1), silent_shadow / max(rows, 1)
        outcome = outcome_of(mine, lost, silent[1] - silent[0], one.stopped, one.latency)
        reasons = _reasons(one, gained, lost, false_champion - false_shadow, silent, rows)
        end = _ENDS.get(outcome) or (f"about {mine.days_left} days more" if mine.days_left else "not enough to tell")
        if one.stopped:
            end = "keep the champion"
        found.append(
            ShadowStanding(
                asset_id=one.asset,
                champion=one.champion,
                shadow=one.shadow,
                outcome=outcome,
                judged=mine,
                rows=rows,
                gain=net,
                gained=gained,
                lost=lost,
                false_champion=false_champion,
                false_shadow=false_shadow,
                unanswered_champion=silent[0],
                unanswered_shadow=silent[1],
                latency=one.latency,
                sentence=_sentence([*reasons, end]),
            )
        )
    return found


def outcome_of(
    judged: Judged, lost: int, more_unanswered: float, stopped: str | None, latency: ShadowLatency | None
) -> Outcome:
    """One rule for people, fleets and plans: a shadow has agreed when it is better or equal, and nothing is lost."""
    if stopped:
        return Outcome.STOPPED
    if judged.verdict is Verdict.ENOUGH_WORSE:
        return Outcome.WORSE
    if judged.verdict is Verdict.NOT_YET:
        return Outcome.UNDECIDED
    many = MANY_UNANSWERED if judged.verdict is Verdict.ENOUGH_BETTER else FEW_UNANSWERED
    if lost or more_unanswered >= many or (latency is not None and latency.slow):
        return Outcome.PRICED
    return Outcome.BETTER if judged.verdict is Verdict.ENOUGH_BETTER else Outcome.EQUAL


def _reasons(one: Known, gained: int, lost: int, fewer: int, silent: tuple[float, float], rows: int) -> list[str]:
    if not rows and not one.stopped:
        return ["no rows yet that both scored"]
    found = [f"the cluster stopped it: {one.stopped.rstrip('.')}"] if one.stopped else []
    if lost:
        found.append(f"{_count(lost, 'warning')} lost")
    if gained:
        found.append(f"{_count(gained, 'warning')} gained")
    if fewer:
        found.append(f"{_count(abs(fewer), 'false alarm')} {'fewer' if fewer > 0 else 'more'}")
    if silent[1] - silent[0] >= FEW_UNANSWERED:
        found.append(f"gave no score in {100 * silent[1]:.0f} % of its {rows} rows")
    if one.latency is not None and one.latency.slow:
        found.append(one.latency.sentence)
    return found or ["no difference so far"]


def proposal(counts: dict[Outcome, int], judged: Judged) -> tuple[Advice, str]:
    """What is proposed for all of them together."""
    total, agreed = sum(counts.values()), counts.get(Outcome.BETTER, 0) + counts.get(Outcome.EQUAL, 0)
    told = ", ".join(f"{counts[one]} {_WORDS[one]}" for one in reversed(Outcome) if counts.get(one))
    begin = f"{agreed} of {total} agree or are better ({told})"
    if judged.verdict is Verdict.ENOUGH_WORSE:
        return Advice.LOOK, f"{begin}; together they are worse: look at the worst before you promote any."
    if agreed:
        return Advice.PROMOTE, f"{begin}: promote {'it' if agreed == 1 else f'these {agreed}'}?"
    if counts.get(Outcome.UNDECIDED):
        wait = f" about {judged.days_left} days more" if judged.days_left else ""
        return Advice.WAIT, f"{begin}; not enough to tell: wait{wait}."
    if counts.get(Outcome.PRICED):
        return Advice.LOOK, f"{begin}: look at those at a price and decide."
    return Advice.KEEP, f"{begin}: keep the champions."


def page(
    found: FleetEvidence, first: int, after: tuple[int, float, UUID] | None, outcome: Outcome | None
) -> list[ShadowStanding]:
    """Those behind `after`, the worst first, or those of one outcome."""
    wanted = (one for one in found.standings if outcome is None or one.outcome is outcome)
    return [one for one in wanted if after is None or one.place > after][:first]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _sentence(parts: Sequence[str]) -> str:
    said = "; ".join(parts) + "."
    return said[0].upper() + said[1:]
