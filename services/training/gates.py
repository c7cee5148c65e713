"""Gates: what one asset's new version must show before it may stand beside the champion. Pure functions."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from uuid import UUID

from services.training.cluster.messages import Measured
from services.training.contracts import Gate


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits, in one place."""

    answered_share: float = 0.5
    """Least share of held-out rows that have every essential signal."""
    false_alarm_share: float = 0.05
    """Most held-out rows above the threshold, where there are many; few rows are allowed more, see `allowed`."""
    confidence: float = 0.95
    """With which rows must show that a share exceeds its limit before it is held against a version."""
    power_of_baseline: float = 0.8
    """Least power, as a share of what plain distance from the normal reaches on the same rows."""
    least_power: float = 0.2
    champion_margin: float = 0.05
    """Differences of quality up to it are measurement noise: within it two versions are as good as each other."""
    useless_quality: float = 0.2
    """A champion below it is of no use on the rows, as after a part was replaced: to beat it says little."""
    sensor_false_alarm_share: float = 0.2
    latency_ms: float = 250.0
    """For a block of 1,000 rows."""


LIMITS = Limits()
TITLES = {
    "contract": "contract",
    "held_out": "held-out rows",
    "not_worse": "not worse than the champion",
    "sensor_loss": "sensor loss",
    "latency": "answer time",
}
"""The gates in words, by key, in the order people read them."""


def allowed(limit: float, measured: Measured, limits: Limits = LIMITS, worst_of: int = 1) -> float:
    """The largest share above the threshold that these rows do not show to exceed `limit`.

    One-sided score test of a proportion (E. B. Wilson, 1927); for the worst of several shares with the confidence
    divided among them (Bonferroni). Scores are running medians, so as many rows as the median takes count as one.
    """
    observations = max(measured.rows / measured.smooth_rows, 1.0)
    errors = NormalDist().inv_cdf(1 - (1 - limits.confidence) / max(worst_of, 1))
    return min(limit + errors * sqrt(limit * (1 - limit) / observations), 1.0)


def judge(asset: UUID, measured: Measured, latency_ms: float, limits: Limits = LIMITS) -> list[Gate]:
    """All gates of one asset, in the order people read them."""
    return [
        contract(asset, measured, limits),
        held_out(asset, measured, limits),
        not_worse(asset, measured, limits),
        sensor_loss(asset, measured, limits),
        latency(asset, latency_ms, limits),
    ]


def contract(asset: UUID, measured: Measured, limits: Limits = LIMITS) -> Gate:
    """The rows are such that the model can answer them."""
    value, limit = measured.answered_share, limits.answered_share
    return Gate(
        asset,
        "contract",
        value >= limit,
        value,
        limit,
        f"{value:.0%} of the held-out rows have every essential signal; at least {limit:.0%} must. "
        f"The range gives {measured.range_rows} rows with {measured.known} signals.",
    )


def held_out(asset: UUID, measured: Measured, limits: Limits = LIMITS) -> Gate:
    """Rows it never saw: few false alarms, and changes are noticed. The number shown is the one that decides."""
    alarms, power = measured.false_alarm_share, measured.power
    least = max(limits.least_power, limits.power_of_baseline * measured.baseline_power)
    most = allowed(limits.false_alarm_share, measured, limits)
    if alarms > most:
        return Gate(
            asset,
            "held_out",
            False,
            alarms,
            most,
            f"{alarms:.1%} of the newest rows, which it never saw, are called abnormal; at most "
            f"{most:.1%} of so many may be. The range may mix two ways of running.",
        )
    ability = "notices" if power >= least else "does not notice"
    return Gate(
        asset,
        "held_out",
        power >= least,
        power,
        least,
        f"It {ability} when one signal shifts: power {power:.2f}, at least {least:.2f} is needed. "
        f"{alarms:.1%} of the newest rows are called abnormal.",
    )


def not_worse(asset: UUID, measured: Measured, limits: Limits = LIMITS) -> Gate:
    """Beside the champion on the same rows; quality is power × the share of rows without a false alarm."""
    value = quality(measured.power, measured.false_alarm_share)
    if measured.champion_power is None or measured.champion_false_alarm_share is None:
        return Gate(asset, "not_worse", True, value, None, "There is no champion to compare with.")
    champion = quality(measured.champion_power, measured.champion_false_alarm_share)
    limit = champion - limits.champion_margin
    if value < limit:
        verdict = "worse than"
    else:
        verdict = "better than" if value > champion + limits.champion_margin else "as good as"
    sentence = f"On the same rows it is {verdict} the champion: quality {value:.2f} against {champion:.2f}."
    if champion < limits.useless_quality:
        sentence += f" {_useless(measured.champion_power, measured.champion_false_alarm_share)}"
    return Gate(asset, "not_worse", value >= limit, value, limit, sentence)


def _useless(power: float, false_alarm_share: float) -> str:
    """Why a champion is of no use: the larger of what takes its quality."""
    if false_alarm_share > 1 - power:
        return f"The champion is of no use on these rows: it calls {false_alarm_share:.0%} of them abnormal."
    return f"The champion is of no use on these rows: it does not notice when one signal shifts, power {power:.2f}."


def quality(power: float, false_alarm_share: float) -> float:
    """0 to 1: how well changes are noticed, less what false alarms take."""
    return power * (1 - false_alarm_share)


def sensor_loss(asset: UUID, measured: Measured, limits: Limits = LIMITS) -> Gate:
    """Signals taken away on purpose: every row is answered as before, without a flood of alarms."""
    value = measured.sensor_false_alarm_share
    limit = allowed(limits.sensor_false_alarm_share, measured, limits, measured.sensor_losses)
    unanswered = measured.answered_share - measured.sensor_answered_share
    if unanswered > 1e-6:
        sentence = f"With signals missing {unanswered:.1%} of the rows got no answer; all must get one."
        return Gate(asset, "sensor_loss", False, unanswered, 0.0, sentence)
    return Gate(
        asset,
        "sensor_loss",
        value <= limit,
        value,
        limit,
        f"With signals missing, at worst {value:.1%} of the rows are called abnormal; at most {limit:.0%} of so many "
        f"may be. A missing signal costs {measured.sensor_expected_loss:.0%} of the power on average.",
    )


def latency(asset: UUID, latency_ms: float, limits: Limits = LIMITS) -> Gate:
    """Scoring is quick enough to keep up with the stream."""
    return Gate(
        asset,
        "latency",
        latency_ms <= limits.latency_ms,
        latency_ms,
        limits.latency_ms,
        f"Scoring 1,000 rows takes {latency_ms:.1f} ms; at most {limits.latency_ms:.0f} ms are allowed.",
    )
