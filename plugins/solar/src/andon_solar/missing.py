"""Whether a new model would notice that a quarter of a plant's inverters stopped."""

import numpy as np

from andon_sdk.plugin import Gate, HeldOut
from andon_solar.contract import POWER, SOLAR_PLANT

LOST = 0.25


def noticed(held_out: HeldOut) -> np.ndarray:
    """Share of the held-out rows that are called abnormal while a quarter of the power is missing, float [assets]."""
    values = held_out.values.copy()
    values[:, :, POWER] *= 1 - LOST
    scores = held_out.score(values)
    answered = np.isfinite(scores)
    return ((scores > 1) & answered).sum(axis=1) / np.maximum(answered.sum(axis=1), 1)


INVERTER_MISSING = Gate(
    key="solar-inverter-missing",
    title="Missing inverters",
    contract=SOLAR_PLANT.key,
    measure=noticed,
    limit=0.5,
    at_least=True,
    sentence="With a quarter of the inverters off {value:.0%} of the hours are called abnormal; "
    "at least {limit:.0%} must be.",
)
