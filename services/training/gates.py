"""Gates: what one asset's new version must show before it may stand beside the champion. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from uuid import UUID

from andon_sdk.plugin import Gate as PluginGate
from services.blueprints import api as blueprints
from services.training.cluster.messages import Answer, Measured
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
    reference_margin: float = 0.2
    """How much more power the classical reference must have to stop a model: on a short range it often has some more,
    and a model may give up a little to tell what lies in bends, or to answer with signals missing."""
    sensor_false_alarm_share: float = 0.2
    latency_ms: float = 250.0
    """For a block of 1,000 rows."""


LIMITS = Limits()
TITLES = {
    "contract": "contract",
    "environment": "environment",
    "held_out": "held-out rows",
    "reference": "classical reference",
    "not_worse": "not worse than the champion",
    "old_ground": "the champion's old ground",
    "sensor_loss": "sensor loss",
    "latency": "answer time",
    "replay": "exact replay",
}
"""The gates in words, by key, in the order people read them."""


def title_of(key: str) -> str:
    """A gate in words; the key itself for that of a plugin which is not installed any more."""
    return TITLES.get(key) or blueprints.gate_title(key) or key


def allowed(
    limit: float, measured: Measured, limits: Limits = LIMITS, worst_of: int = 1, rows: int | None = None
) -> float:
    """The largest share above the threshold that these rows do not show to exceed `limit`; `rows` are as many as were
    held out, unless said.

    One-sided score test of a proportion (E. B. Wilson, 1927); for the worst of several shares with the confidence
    divided among them (Bonferroni). Scores are running medians, so as many rows as the median takes count as one.
    """
    observations = max((measured.rows if rows is None else rows) / measured.smooth_rows, 1.0)
    errors = NormalDist().inv_cdf(1 - (1 - limits.confidence) / max(worst_of, 1))
    return min(limit + errors * sqrt(limit * (1 - limit) / observations), 1.0)


@dataclass(frozen=True, slots=True)
class Told:
    """What is held against an asset's new version."""

    asset: UUID
    measured: Measured
    latency_ms: float
    differences: Sequence[str] = ()
    """What differs between the environment that trained it and the one that serves, each in words."""
    ground_closed: str | None = None
    """Why the champion's old ground is not asked for."""
    answers: Sequence[Answer] = ()
    """What the gates of plugins said."""


def judge(told: Told, added: Sequence[PluginGate] = (), limits: Limits = LIMITS) -> list[Gate]:
    """All gates of one asset, in the order people read them; `added` are those of plugins, which come last."""
    asset, measured = told.asset, told.measured
    said = {answer.key: answer for answer in told.answers}
    return [
        contract(asset, measured, limits),
        environment(asset, told.differences),
        held_out(asset, measured, limits),
        reference(asset, measured, limits),
        not_worse(asset, measured, limits),
        old_ground(asset, measured, told.ground_closed, limits),
        sensor_loss(asset, measured, limits),
        latency(asset, told.latency_ms, limits),
        replay(asset, measured),
        *(by_plugin(asset, gate, said.get(gate.key)) for gate in added),
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


def environment(asset: UUID, differences: Sequence[str]) -> Gate:
    """What trained it is what serves: the plugin's files and every version that can change a model's numbers."""
    sentence = "Plugin and libraries that trained it are those that serve."
    if differences:
        named = "; ".join(differences[:3]) + (f"; and {len(differences) - 3} more" if len(differences) > 3 else "")
        sentence = f"What trained it is not what serves: {named}. Restart the training cluster and train again."
    return Gate(asset, "environment", not differences, float(len(differences)), 0.0, sentence)


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


def reference(asset: UUID, measured: Measured, limits: Limits = LIMITS) -> Gate:
    """Beside principal components with T² and Q, fitted to the same training rows and asked the same held-out ones. By
    power alone: what few rows say of false alarms is mostly chance, and `held_out` looks after them."""
    value, plain = measured.power, measured.reference_power
    if plain is None:
        return Gate(asset, "reference", True, value, None, "Not asked: no rows of its own made it.")
    limit = plain - limits.reference_margin
    if value < limit:
        verdict = "A plain PCA reference notices shifts better than it"
    elif value <= plain + limits.reference_margin:
        verdict = "A plain PCA reference notices shifts as well as it"
    else:
        verdict = "It notices shifts better than a plain PCA reference"
    sentence = f"{verdict}: power {value:.2f} against {plain:.2f} of the reference."
    return Gate(asset, "reference", value >= limit, value, limit, sentence)


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


def old_ground(asset: UUID, measured: Measured, closed: str | None = None, limits: Limits = LIMITS) -> Gate:
    """Beside the champion on rows of the time that the champion knows: learning the new is not to unlearn the old. The
    number shown is the one that decides."""
    key = "old_ground"
    if closed is not None:
        return Gate(asset, key, True, None, None, f"Not asked: {closed}.")
    power, alarms = measured.old_power, measured.old_false_alarm_share
    if power is None or alarms is None or not measured.old_rows:
        return Gate(asset, key, True, None, None, "There is no champion with an old ground to compare on.")
    champion_power, champion_alarms = measured.champion_old_power or 0.0, measured.champion_old_false_alarm_share or 0.0
    most = allowed(max(limits.false_alarm_share, min(champion_alarms, 1.0)), measured, limits, rows=measured.old_rows)
    if alarms > most:
        return Gate(
            asset,
            key,
            False,
            alarms,
            most,
            f"{alarms:.1%} of the rows that calibrated the champion are called abnormal; at most {most:.1%} of so many "
            "may be. Take those dates in as well; or record the event that ended them, and train again.",
        )
    least = champion_power - limits.champion_margin
    verdict = "as well as" if power >= least else "worse than"
    sentence = f"On the champion's old ground it notices shifts {verdict} the champion: power {power:.2f} against "
    return Gate(asset, key, power >= least, power, least, f"{sentence}{champion_power:.2f}.")


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


def replay(asset: UUID, measured: Measured) -> Gate:
    """The model as it is kept answers recorded rows exactly as the one that was judged."""
    rows, otherwise = measured.replayed_rows, measured.replayed_otherwise
    if not rows:
        sentence = "No recorded row was answered again. Restart the training cluster and train again."
        return Gate(asset, "replay", False, None, 0.0, sentence)
    sentence = f"{rows} recorded rows get the same answer from the stored model as from the one that was judged."
    if otherwise:
        sentence = f"{otherwise} of {rows} recorded rows get another answer from the stored model. Ask an engineer."
    return Gate(asset, "replay", otherwise == 0, float(otherwise), 0.0, sentence)


def by_plugin(asset: UUID, gate: PluginGate, answer: Answer | None) -> Gate:
    """A plugin's gate. What gave no number stops the version: a check that was not made was not passed."""
    if answer is None:
        sentence = f"The training cluster did not ask “{gate.title}”. Restart it, and train again."
        return Gate(asset, gate.key, False, None, gate.limit, sentence)
    if answer.value is None:
        return Gate(asset, gate.key, False, None, gate.limit, answer.problem or "It gave no number.")
    return Gate(asset, gate.key, gate.passes(answer.value), answer.value, gate.limit, gate.say(answer.value))
