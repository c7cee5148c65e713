"""Gates: a number for each asset, whatever was held out."""

from typing import TYPE_CHECKING

from andon_sdk.plugin import Contract, Gate, HeldOut
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

if TYPE_CHECKING:
    import numpy as np

_ASSETS, _ROWS = 4, 200


def gates(subject: Subject) -> Seen:
    """Each measures full, short and empty assets alike, the same each time, and leaves what it is given as it is."""
    for gate in subject.declared("gates"):
        contract = subject.contract(gate.contract)
        if contract is not None:
            yield from _tried(gate, contract)


def _tried(gate: Gate, contract: Contract) -> Seen:
    import numpy as np  # noqa: PLC0415 - plugins without gates do without

    where, held_out = f"gate {gate.key}", _held_out(contract)
    before = held_out.values.copy(), held_out.scores.copy()
    with np.errstate(all="ignore"):
        measured, again = gate.measure(held_out), gate.measure(held_out)
    told = np.asarray(measured)
    if told.shape != (_ASSETS,) or not np.issubdtype(told.dtype, np.number):
        said = f"measure returns {told.dtype} {told.shape} for {_ASSETS} assets."
        yield where, said, "Return an array with a number for each asset."
        return
    if not np.isfinite(told[:-1]).all():
        said = "It has no number for assets that have rows, which stops every version."
        yield where, said, "Use nanmean and the like: rows have gaps, and assets are padded with NaN."
    if not np.array_equal(told, np.asarray(again), equal_nan=True):
        yield where, "Asked twice, it gives two numbers.", "Draw nothing at random, or with a seed of its own."
    kept = np.array_equal(before[0], held_out.values, equal_nan=True)
    if not kept or not np.array_equal(before[1], held_out.scores, equal_nan=True):
        yield where, "It changes the rows it is given.", "Copy values before you change them."


def _held_out(contract: Contract) -> HeldOut:
    """Four assets in the middle of the contract's limits: whole, with gaps, short, and without a row."""
    import numpy as np  # noqa: PLC0415

    low, high = (np.array([getattr(signal, side) for signal in contract.signals]) for side in ("low", "high"))
    center, spread = (low + high) / 2, (high - low) / 50
    drawn = np.random.default_rng(7)
    values = center + spread * drawn.standard_normal((_ASSETS, _ROWS, len(center)))
    values[1][drawn.random(values[1].shape) < 0.3] = np.nan
    values[2, _ROWS // 3 :] = np.nan
    values[3] = np.nan

    def score(rows: "np.ndarray") -> "np.ndarray":
        away = np.abs(rows - center) / spread / 4
        known = np.isfinite(away)
        worst = np.where(known, away, 0).max(axis=2)
        return np.where(known.any(axis=2), worst, np.nan).astype(np.float32)

    return HeldOut(contract.keys, values, score(values), np.broadcast_to(spread, (_ASSETS, len(spread))).copy(), score)
