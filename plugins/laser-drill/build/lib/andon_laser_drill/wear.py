"""What a worn lens does to a drill's signals, and whether a new model would notice it.

A coating that burns in takes up part of the beam: the lens warms, the focus runs away, the pulse that arrives is weaker
and the beam wanders. Each moves little beside what recipes and days do to the drill, so the plain distance from the
normal sees next to nothing; a model of how the signals hang together must.
"""

import numpy as np

from andon_laser_drill.contract import LASER_DRILL
from andon_sdk.plugin import Gate, HeldOut

WORN_LENS = {"focus_offset": 13.5, "lens_temperature": 3.2, "pulse_energy": -2.5, "beam_x": 4.5}
"""How far a lens moves signals, in the contract's units, by the time that it has to be replaced."""


def noticed(held_out: HeldOut) -> np.ndarray:
    """Share of the held-out rows that are called abnormal when the lens is worn, float [assets]."""
    move = np.array([WORN_LENS.get(signal, 0.0) for signal in held_out.signals])
    scores = held_out.score(held_out.values + move)
    answered = ~np.isnan(scores)
    return (scores > 1).sum(axis=1) / np.maximum(answered.sum(axis=1), 1)


LENS_WEAR = Gate(
    key="laser-drill-lens-wear",
    title="Worn lens",
    contract=LASER_DRILL.key,
    measure=noticed,
    limit=0.25,
    at_least=True,
    sentence="With a worn lens {value:.0%} of the rows are called abnormal; at least {limit:.0%} must be.",
)
