"""What the currents of an arm were in the same phase of its task. Needs torch.

A row of an arm says little by itself. An arm that a protective stop holds looks calmer than any at work, and a plain
distance from the normal takes it for the most normal of all. Seen beside rows of the same phase it stands out: the
joints rest, but in a pose, and after a movement, in which they never rest.

**Phases** are clusters of the speeds of the six joints, each pressed into -1 to 1, so that it counts which joints turn
which way and not how fast (k-means with the farthest first, Gonzalez 1985, Lloyd 1982).

**Novelty** of a row is the mean squared distance of its last currents to those of the `NEIGHBOURS` nearest rows of its
phase (Ramaswamy, Rastogi and Shim 2000), in units of what is usual in that phase. Signals that are missing take no
part, so one model answers under any mask.

**Shift.** A signal that is quiet, such as the tool's, hardly counts in a distance. So each signal's mean difference
from these neighbours is taken too, squared, in units of what is usual for that signal.

**Resemblance.** Rows that somebody judged abnormal are kept too. With n the novelty, s the mean of the shifts and e the
distance to the nearest of these, the raw score is n / (e + 1) + (n + s) / 100: a row that resembles them and not the
normal counts first, and what nobody ever saw still counts. Where nobody labelled anything e is beyond all distances,
and novelty and shift are left.

**Contributions** are the signals' parts of novelty and shift, of which the raw score is a sum.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from andon_robot_arm.contract import SPEEDS, WATCHED
from andon_sdk.plugin.estimator import FitRows, Model

HISTORY = 4
"""Rows: how the arm came to where it is, seconds ago."""
PHASES = 8
NEIGHBOURS, ALIKE = 8, 3
"""How many normal and how many abnormal rows are asked."""
KEPT, KEPT_ABNORMAL = 2048, 256
"""Rows that a model remembers, spread evenly over those that it was fitted on."""
_SQUASH = 0.5
_ROUNDS = 20
_FAR = 1e6
"""A squared distance that stands for: of another phase, or without a signal in common."""
_UNSEEN = 0.01
"""Weight of what nobody ever saw beside what resembles labelled rows."""
_DEVIATION = 1.4826
"""From a median of absolute values to a standard deviation."""
_LEAST = 1e-6
_WHOLE = 0.9
"""Share of what the fullest row has, from which on a row is remembered."""


def fit_phases(rows: FitRows, parameters: Mapping[str, Tensor]) -> Model:
    """Raises ValueError where too few rows have the speed of every joint."""
    watched = torch.tensor(WATCHED)
    whole = rows.seen[:, -1, list(SPEEDS)].all(dim=1)
    if whole.sum() < 4 * NEIGHBOURS:
        raise ValueError(f"{int(whole.sum())} rows have the speed of every joint, at least {4 * NEIGHBOURS} must.")
    there = rows.seen[..., watched].flatten(0, 1)
    count = there.sum(0).clamp(min=1)
    mean = (rows.x[..., watched].flatten(0, 1) * there).sum(0) / count
    spread = (((rows.x[..., watched].flatten(0, 1) - mean) * there).square().sum(0) / count).sqrt()
    model = {"spread": torch.where(spread > _LEAST, spread, torch.ones_like(spread))}
    model["phases"], model["usable"] = _phases(_motion(rows.x[whole]))
    abnormal, has = rows.abnormal, rows.abnormal_present
    if abnormal is None or has is None:
        abnormal = has = rows.x[:0]
    model |= _remembered("normal", model, rows.x, rows.seen, KEPT)
    model |= _remembered("abnormal", model, abnormal, has, KEPT_ABNORMAL)
    return model | _usual(model)


def phase_score(model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """Each signal's part of the raw score [rows, signals]; `x` and `seen` are [rows, history, signals]."""
    watched = torch.tensor(WATCHED)
    values, there = (part.flatten(1) for part in (x[..., watched] / model["spread"], seen[..., watched]))
    phase = _phase(model, x, seen)
    usual = model["usual"][phase]
    normal = _distances(model, "normal", values, there, phase)
    which = normal.topk(NEIGHBOURS, dim=1, largest=False)[1]
    abnormal = _distances(model, "abnormal", values, there, phase)
    alike = abnormal.topk(ALIKE, dim=1, largest=False)[0].mean(dim=1) / usual
    parts = _parts(model, values, there, which) / usual[:, None]
    shifts = (_shifts(model, values, there, which) / model["steady"]).square()
    shifts = shifts / seen[:, -1, watched].sum(1, keepdim=True).clamp(min=1)
    scores = parts / (alike + 1)[:, None] + _UNSEEN * (parts + shifts)
    places = torch.nn.functional.one_hot(watched, x.shape[-1]).to(x.dtype)
    return scores @ places * judged


def _motion(x: Tensor) -> Tensor:
    """Which way each joint turns, -1 to 1 [rows, joints]."""
    return torch.tanh(_SQUASH * x[:, -1, list(SPEEDS)])


def _phases(motion: Tensor) -> tuple[Tensor, Tensor]:
    """Middles of `PHASES` clusters [phases, joints], and which have rows enough to compare with."""
    chosen = [motion[0]]
    apart = (motion - chosen[0]).square().sum(1)
    while len(chosen) < PHASES:
        chosen.append(motion[apart.argmax()])
        apart = torch.minimum(apart, (motion - chosen[-1]).square().sum(1))
    middles = torch.stack(chosen)
    members = torch.zeros(PHASES)
    for _ in range(_ROUNDS):
        mine = torch.nn.functional.one_hot(torch.cdist(motion, middles).argmin(dim=1), PHASES).to(motion.dtype)
        members = mine.sum(0)
        middles = torch.where(members[:, None] > 0, mine.T @ motion / members.clamp(min=1)[:, None], middles)
    usable = members >= 4 * NEIGHBOURS * max(1.0, len(motion) / KEPT)
    return middles, usable | (members == members.max())


def _phase(model: Model, x: Tensor, seen: Tensor) -> Tensor:
    """The phase of each row [rows] by the speeds it has; `PHASES` where it has none, which stands for any phase."""
    known = seen[:, -1, list(SPEEDS)]
    apart = ((_motion(x)[:, None] - model["phases"]).square() * known[:, None]).sum(-1)
    nearest = torch.where(model["usable"], apart, torch.full_like(apart, _FAR)).argmin(dim=1)
    return torch.where(known.sum(1) > 0, nearest, torch.full_like(nearest, PHASES))


def _remembered(name: str, model: Model, x: Tensor, seen: Tensor, most: int) -> dict[str, Tensor]:
    """`most` rows as a model keeps them; fewer are filled up with rows that have nothing. Rows that lack much of their
    history are passed over: with less to compare they would be near to everything."""
    watched = torch.tensor(WATCHED)
    has = seen[..., watched].sum(dim=(1, 2))
    chosen = (has >= _WHOLE * has.max()).nonzero()[:, 0] if len(x) else torch.arange(0)
    chosen = chosen[torch.arange(most) * len(chosen) // most] if len(chosen) > most else chosen
    missing = most - len(chosen)
    there = seen[chosen][..., watched].flatten(1)
    values = (x[chosen][..., watched] / model["spread"]).flatten(1) * there
    phase = _phase(model, x[chosen], seen[chosen])
    return {
        name: torch.nn.functional.pad(values, (0, 0, 0, missing)),
        f"{name}_seen": torch.nn.functional.pad(there, (0, 0, 0, missing)) > 0,
        f"{name}_phase": torch.nn.functional.pad(phase, (0, missing), value=PHASES).to(torch.int16),
    }


def _distances(model: Model, name: str, values: Tensor, there: Tensor, phase: Tensor) -> Tensor:
    """Mean squared differences of rows from those remembered [rows, remembered], over what both have."""
    kept, kept_seen = model[name], model[f"{name}_seen"].to(values.dtype)
    values = values * there
    shared = there @ kept_seen.T
    apart = values.square() @ kept_seen.T + there @ kept.square().T - 2 * values @ kept.T
    same = (phase[:, None] == model[f"{name}_phase"]) | (phase[:, None] == PHASES)
    return torch.where(same & (shared > 0), (apart / shared.clamp(min=1)).clamp(min=0), torch.full_like(apart, _FAR))


def _parts(model: Model, values: Tensor, there: Tensor, which: Tensor) -> Tensor:
    """Each watched signal's part of the distance to the normal rows `which` [rows, neighbours] → [rows, watched]."""
    shared = there[:, None] * model["normal_seen"][which]
    apart = (values[:, None] - model["normal"][which]).square() * shared
    parts = (apart / shared.sum(-1, keepdim=True).clamp(min=1)).mean(dim=1)
    return parts.unflatten(1, (HISTORY, len(WATCHED))).sum(dim=1)


def _usual(model: Model) -> dict[str, Tensor]:
    """`usual`: the median distance of a phase's rows to their neighbours [phases + 1], the last for any phase.
    `steady`: the robust deviation of each watched signal from them. Neighbours in time share rows of history and are
    left out."""
    phase = model["normal_phase"].long()
    real, there = model["normal_seen"].any(dim=1), model["normal_seen"].to(model["normal"].dtype)
    step = torch.arange(len(phase))
    close = (step[:, None] - step).abs() < 2 * HISTORY
    apart = _distances(model, "normal", model["normal"], there, torch.full_like(phase, PHASES))
    apart = torch.where(close, torch.full_like(apart, _FAR), apart)
    found: list[Tensor] = []
    for number in range(PHASES + 1):
        mine = real & ((phase == number) | (number == PHASES))
        nearest = apart[mine][:, mine].topk(min(NEIGHBOURS, int(mine.sum())), dim=1, largest=False)[0].mean(dim=1)
        nearest = nearest[nearest < _FAR / NEIGHBOURS]
        found.append(nearest.median() if len(nearest) else torch.tensor(1.0))
    same = torch.where(phase[:, None] == phase, apart, torch.full_like(apart, _FAR))[real]
    which = same.topk(NEIGHBOURS, dim=1, largest=False)[1]
    shifts = _shifts(model, model["normal"][real], there[real], which)
    steady = shifts.abs().median(dim=0)[0] * _DEVIATION
    return {
        "usual": torch.stack(found).clamp(min=_LEAST),
        "steady": torch.where(steady > _LEAST, steady, torch.ones_like(steady)),
    }


def _shifts(model: Model, values: Tensor, there: Tensor, which: Tensor) -> Tensor:
    """Mean over history and neighbours of what each watched signal differs [rows, watched]."""
    shared = there[:, None] * model["normal_seen"][which]
    apart = ((values[:, None] - model["normal"][which]) * shared).unflatten(2, (HISTORY, len(WATCHED)))
    return apart.sum((1, 2)) / shared.unflatten(2, (HISTORY, len(WATCHED))).sum((1, 2)).clamp(min=1)
