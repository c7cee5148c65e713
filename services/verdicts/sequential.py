"""When there is enough evidence: tests by betting that may be looked at every day.

For each question somebody bets against its null hypothesis on the gain of each day, and never more than he has, so the
expected capital of who bets against a true hypothesis never grows; that it ever reaches 1/α then has a probability of α
at most (Ville's inequality), whenever and how often it is looked at. Waudby-Smith and Ramdas, "Estimating means of
bounded random variables by betting", Journal of the Royal Statistical Society B 86 (2024); the capital is that of many
who bet different shares, in equal parts (method of mixtures).
"""

import math

import numpy as np

from services.verdicts.contracts import Judged, Verdict

ALPHA = 0.025
"""Of each wrong answer: a shadow that is not better is called better, one not worse worse, one not equal equal."""
MARGIN = 2 / 30
"""Equal is a gain per asset and day within this: two false alarms or warnings in 30 days."""
FURTHEST = 365
"""Days ahead that are still told."""
_SHARES = np.linspace(0.05, 0.95, 19)


def judge(gain: np.ndarray, mean_gain: np.ndarray, alpha: float = ALPHA, margin: float = MARGIN) -> Judged:
    """`gain` [days] of all assets together and `mean_gain` [days] per asset, oldest first, both within -1 and 1. The
    answer reached first stands."""
    reach = math.log(1 / alpha)
    capital = {
        Verdict.ENOUGH_BETTER: _capital(gain),
        Verdict.ENOUGH_WORSE: _capital(-gain),
        Verdict.ENOUGH_EQUAL: np.minimum(_capital(margin - mean_gain, margin), _capital(margin + mean_gain, margin)),
    }
    reached = {verdict: int(np.argmax(log >= reach)) for verdict, log in capital.items() if (log >= reach).any()}
    if reached:
        verdict = min(reached, key=lambda one: reached[one])
        return Judged(verdict, len(gain), reached[verdict] + 1, None)
    return Judged(Verdict.NOT_YET, len(gain), None, _left(list(capital.values()), reach))


def _capital(won: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """log of the capital after each day. `won` is at least margin - 1; under the hypothesis its mean is at most 0."""
    shares = _SHARES / (1 - margin)
    logs = np.cumsum(np.log1p(won[:, None] * shares), axis=0)
    return np.logaddexp.reduce(logs, axis=1) - math.log(len(shares))


def judge_each(net: np.ndarray, seen: np.ndarray, alpha: float = ALPHA, margin: float = MARGIN) -> list[Judged]:
    """`judge` for each of many assets: `net` [assets, days] within -1 and 1, and on which days each was seen."""
    reach = math.log(1 / alpha)
    capital = np.stack(
        [
            _capitals(net, seen),
            _capitals(-net, seen),
            np.minimum(_capitals(margin - net, seen, margin), _capitals(margin + net, seen, margin)),
        ]
    )
    days = seen.sum(axis=1)
    if not net.shape[1]:
        return [Judged(Verdict.NOT_YET, 0, None, None)] * len(net)
    there = capital >= reach
    never = net.shape[1]
    first = np.where(there.any(axis=2), there.argmax(axis=2), never)
    which, when = first.argmin(axis=0), first.min(axis=0)
    after = np.cumsum(seen, axis=1)[np.arange(len(net)), np.minimum(when, never - 1)]
    fastest = capital[:, :, -1].max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(fastest > 0, np.ceil((reach - fastest) / fastest * days), np.inf)
    order = (Verdict.ENOUGH_BETTER, Verdict.ENOUGH_WORSE, Verdict.ENOUGH_EQUAL)
    return [
        Judged(order[which[i]], int(days[i]), int(after[i]), None)
        if when[i] < never
        else Judged(Verdict.NOT_YET, int(days[i]), None, int(left[i]) if left[i] <= FURTHEST else None)
        for i in range(len(net))
    ]


def pooled(net: np.ndarray, seen: np.ndarray) -> float:
    """The mean over the assets of the capital that betting on gains has made of 1 by the last day. An e-value against
    “none of them gains”: the mean of e-values is one however they depend on each other (Vovk and Wang, "E-values:
    Calibration, combination and applications", Annals of Statistics 49, 2021), where their product is one only of
    assets that nothing befalls together."""
    if not net.size:
        return 1.0
    return float(np.exp(np.logaddexp.reduce(_capitals(net, seen)[:, -1]) - math.log(len(net))))


def _capitals(won: np.ndarray, seen: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """`_capital` [assets, days] of each asset; a day on which it was not seen changes nothing. One share at a time, so
    that thousands of assets fit into memory."""
    result = np.full(won.shape, -np.inf)
    for share in _SHARES / (1 - margin):
        result = np.logaddexp(result, np.cumsum(np.where(seen, np.log1p(won * share), 0.0), axis=1))
    return result - math.log(len(_SHARES))


def _left(capitals: list[np.ndarray], reach: float) -> int | None:
    """Days until the first is there at the pace so far."""
    days = len(capitals[0])
    fastest = max((float(log[-1]) for log in capitals), default=0.0) if days else 0.0
    if fastest <= 0:
        return None
    left = math.ceil((reach - fastest) / fastest * days)
    return left if left <= FURTHEST else None
