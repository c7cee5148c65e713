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


def _left(capitals: list[np.ndarray], reach: float) -> int | None:
    """Days until the first is there at the pace so far."""
    days = len(capitals[0])
    fastest = max((float(log[-1]) for log in capitals), default=0.0) if days else 0.0
    if fastest <= 0:
        return None
    left = math.ceil((reach - fastest) / fastest * days)
    return left if left <= FURTHEST else None
