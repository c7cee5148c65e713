"""Rules of rollouts: which asset goes in which cohort, what pauses a rollout, what may follow what. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from math import ceil
from uuid import UUID

from services.rollouts.contracts import RolloutAssetState, RolloutState
from services.rollouts.errors import MostFailingInvalid, RolloutEnded, SharesInvalid

MOST_COHORTS = 20
_ROUNDING = 1e-9
"""Products of decimal shares lie this close to the whole number that is meant: 0.07 × 100 is 7.000000000000001."""

LEGAL: Mapping[RolloutState, frozenset[RolloutState]] = {
    RolloutState.RUNNING: frozenset(RolloutState) - {RolloutState.RUNNING},
    RolloutState.PAUSED: frozenset({RolloutState.RUNNING, RolloutState.CANCELLED, RolloutState.ROLLED_BACK}),
    RolloutState.DONE: frozenset({RolloutState.ROLLED_BACK}),
    RolloutState.CANCELLED: frozenset({RolloutState.ROLLED_BACK}),
    RolloutState.ROLLED_BACK: frozenset(),
}
_ENDINGS = {
    RolloutState.DONE: "is done",
    RolloutState.CANCELLED: "was cancelled",
    RolloutState.ROLLED_BACK: "was rolled back",
}


def changes(before: RolloutState, after: RolloutState) -> bool:
    """Whether there is anything to do to get to `after`. Raises `RolloutEnded` where it cannot be got to."""
    if before is after:
        return False
    if after not in LEGAL[before]:
        raise RolloutEnded(f"The rollout is over: it {_ENDINGS[before]}.", state=before.value)
    return True


def check_rules(shares: Sequence[float], most_failing: float) -> None:
    """Raises `SharesInvalid` or `MostFailingInvalid`."""
    rising = all(low < high for low, high in zip((0.0, *shares), shares, strict=False))
    if not rising or not shares or shares[-1] != 1 or len(shares) > MOST_COHORTS:
        raise SharesInvalid(
            f"Shares must rise from above 0 to 1, such as 0.01, 0.1, 1; at most {MOST_COHORTS} of them.",
            field="shares",
            most=MOST_COHORTS,
        )
    if not 0 <= most_failing <= 1:
        raise MostFailingInvalid("The share that may fail must lie between 0 and 1.", field="mostFailing")


def cohort_ends(count: int, shares: Iterable[float]) -> tuple[int, ...]:
    """How many of `count` assets are reached with each cohort: the share rounded up, and one more than before at
    least. There are fewer cohorts than shares where there are not enough assets."""
    ends: list[int] = []
    for share in shares:
        before = ends[-1] if ends else 0
        if before < count:
            ends.append(min(max(ceil(share * count - _ROUNDING), before + 1), count))
    return tuple(ends)


def in_order(rollout_id: UUID, asset_ids: Iterable[UUID]) -> list[UUID]:
    """The assets in an order that is as good as drawn by lot, and the same whenever it is asked for: the first cohort
    has assets of all lines, and another rollout begins with others."""
    return sorted(asset_ids, key=lambda asset_id: sha256(rollout_id.bytes + asset_id.bytes).digest())


def stopped_by_rule(cohort: str, count: int, failed: int, most_failing: float) -> str | None:
    """Why the rollout pauses after this cohort of `count` assets, or None when few enough failed."""
    if failed <= most_failing * count + _ROUNDING:
        return None
    return (
        f"{failed} of the {assets(count)} of {cohort} did not pass ({failed / count:.0%}); "
        f"at most {most_failing:.0%} may. Resume to promote the others and go on."
    )


def judging(cohort: int, of: int, count: int) -> str:
    return f"Judging how the range suits cohort {cohort} of {of}: {assets(count)}."


def training(cohort: int, of: int, count: int, unfit: int) -> str:
    text = f"Training cohort {cohort} of {of}: {assets(count)}"
    return f"{text}; the range does not suit {unfit} more." if unfit else f"{text}."


def does_not_suit(sentence: str) -> str:
    return f"It was not trained, because the range does not suit: {sentence}"


def told(counts: Iterable[tuple[RolloutAssetState, int]]) -> str:
    """Assets by how the rollout ended for them: `8 promoted, 1 quarantined`."""
    total = Counter[RolloutAssetState]()
    for state, count in counts:
        total[state] += count
    ends = (RolloutAssetState.PROMOTED, RolloutAssetState.QUARANTINED, RolloutAssetState.LEFT)
    return ", ".join(f"{total[state]} {state.value}" for state in ends if total[state])


def rolled_back(by: str, undone: int, changed: int, first: int) -> str:
    """What became of the promotions of a rollout that was rolled back."""
    text = f"Rolled back by {by}: {assets(undone)} back to the champion before."
    if changed:
        text += f" {assets(changed)} left alone, since the champion is another one by now."
    if first:
        text += f" {assets(first)} left alone, since the version is the first champion."
    return text


def assets(count: int) -> str:
    return f"{count} asset" if count == 1 else f"{count} assets"
