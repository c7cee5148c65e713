"""Contracts: rows are checked against them at the door, so what they say is taken at its word."""

import math
import re

from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

_SIGNAL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_WIDEST, _LONGEST_PERIOD_S = 2_000, 86_400.0
_NONE = {"", "-", "n/a", "none", "unit", "?"}


def contracts(subject: Subject) -> Seen:
    """Units are said, limits are numbers, signals can be columns, and a row can be answered."""
    for contract in subject.declared("contracts"):
        where = f"contract {contract.key}"
        if len(contract.signals) > _WIDEST:
            yield where, f"It has {len(contract.signals)} signals; rows have {_WIDEST} at most.", "Split the machine."
        if not 0 < contract.period_s <= _LONGEST_PERIOD_S:
            yield where, f"A row every {contract.period_s} s is none a day.", "period_s counts seconds."
        for signal in contract.signals:
            at = f"{where}, signal {signal.key}"
            if not isinstance(signal.key, str) or not _SIGNAL.fullmatch(signal.key):
                yield (
                    at,
                    "Its key cannot be a column's name.",
                    "Use letters, digits and _ . -, a letter first; 64 at most.",
                )
            if not signal.title.strip() or not signal.title.isprintable():
                yield at, "It has no title that people can read.", "Say in a few words what is measured."
            if signal.unit.strip().lower() in _NONE or not signal.unit.isprintable() or len(signal.unit) > 32:
                yield (
                    at,
                    f"{signal.unit!r} is no unit.",
                    "Name it as in `degC` or `L/min`; a number without one has the unit `1`.",
                )
            if not (math.isfinite(signal.low) and math.isfinite(signal.high)):
                yield (
                    at,
                    "Its limits are not both numbers: every spike of a broken sensor passes.",
                    "Give physical limits.",
                )
