"""Four fans with an hour and a half of readings each, of which f1's are spoilt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets.contracts import ContractVersion
from services.enclaves.platform import Platform
from services.kernel.rights import Principal

ROWS = 5_400
NOW = datetime.now(UTC).replace(microsecond=0)
ORIGIN = NOW - timedelta(seconds=ROWS + 600)
FANS = Contract(
    "suited-fans",
    "Fans",
    (
        Signal("speed", "Speed", "rpm", -9e6, 9e6, Importance.ESSENTIAL),
        Signal("current", "Current", "A", -9e6, 9e6),
    ),
    1.0,
)


def after(seconds: float) -> datetime:
    return ORIGIN + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Fans:
    platform: Platform
    principal: Principal
    contract: ContractVersion
    ids: dict[str, UUID]


def rows_of(position: int) -> list[dict]:
    """Without `speed` in the first half for f1; f3 has none at all."""
    draws = np.random.default_rng(position)
    load = np.repeat(draws.normal(0, 1, ROWS // 30), 30)
    speed, current = 900 + 30 * load + draws.normal(0, 5, ROWS), 12 + load + draws.normal(0, 0.2, ROWS)
    found = []
    for k in range(ROWS if position < 3 else 0):
        row = {"asset": f"f{position}", "time": after(k).isoformat(), "current": float(current[k])}
        if position != 1 or k >= ROWS // 2:
            row["speed"] = float(speed[k])
        found.append(row)
    return found
