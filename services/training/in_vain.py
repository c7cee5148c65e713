"""When retraining will not help, and what will. Pure functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.assets.contracts import ContractVersion, differences
from services.training.contracts import Attempt, Gate, InVain, RunState, WillNotHelp

ENOUGH_ROWS = 1000
"""From so many rows of a range on, poor quality is not for want of rows: a tenth of them, held out, tells it well."""
SAME_RANGE = 0.9
"""Ranges are the same rows when what they share is so much of what they cover together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that is asked about."""

    blueprint: str
    start: datetime
    end: datetime
    contract: ContractVersion
    """The newest version."""


def contract_changed(asset: UUID, wanted: Wanted, champions: ContractVersion | None) -> WillNotHelp | None:
    """The champion was trained on another version, and the range holds rows from before the newest one."""
    newest = wanted.contract
    if champions is None or champions.version == newest.version or wanted.start >= newest.created_at:
        return None
    said = differences(champions.contract, newest.contract)
    if not said:
        return None
    return WillNotHelp(
        asset,
        InVain.CONTRACT_CHANGED,
        f"Retraining will not help, because the contract changed on {newest.created_at:%Y-%m-%d}, after the champion "
        f"was trained ({said}), and these dates hold rows from before. Choose dates after that, once enough rows came.",
    )


def by_attempts(
    asset: UUID, wanted: Wanted, attempts: Collection[Attempt], gates: Mapping[UUID, Sequence[Gate]]
) -> WillNotHelp | None:
    """What earlier runs of the asset and blueprint say; `gates` by run. Ranges of other regimes are others anyway."""
    judged = sorted(
        (one for one in attempts if one.blueprint == wanted.blueprint and one.state in _JUDGED),
        key=lambda one: one.created_at,
    )
    poor = [one for one in judged if _stopped_by_held_out(gates.get(one.run_id, ()))]
    same = next((one for one in reversed(poor) if shared(one, wanted) >= SAME_RANGE), None)
    if same is not None:
        [gate] = [gate for gate in gates[same.run_id] if gate.key == "held_out"]
        return WillNotHelp(
            asset,
            InVain.SAME_RANGE,
            f"Retraining will not help, because the run of {same.created_at:%Y-%m-%d} had nearly the same rows and was "
            f"stopped: {gate.sentence} Choose other dates, or look for what changed at the machine.",
        )
    last = judged[-2:]
    if len(last) > 1 and all(one in poor for one in last) and last[0].end < last[1].end:
        return WillNotHelp(
            asset,
            InVain.TWICE_POOR,
            "Retraining will not help, because the last two runs, the second on fresher rows, were both stopped by the "
            "check on rows they had not seen. Look for what changed at the machine, or try another blueprint.",
        )
    return None


def poor_with_enough_rows(asset: UUID, gates: Sequence[Gate], rows: int) -> WillNotHelp | None:
    """Of a run that was judged: held-out quality is poor, and not for want of rows."""
    if rows < ENOUGH_ROWS or not _stopped_by_held_out(gates):
        return None
    return WillNotHelp(
        asset,
        InVain.POOR_WITH_ENOUGH_ROWS,
        f"Retraining on such dates will not help, because {rows} rows were enough to learn from and quality on rows it "
        "had not seen stays poor. Look for an event inside the dates, or try another blueprint.",
    )


def shared(one: Attempt, wanted: Wanted) -> float:
    """What two ranges share, of what they cover together."""
    inside = (min(one.end, wanted.end) - max(one.start, wanted.start)).total_seconds()
    return max(inside, 0.0) / (max(one.end, wanted.end) - min(one.start, wanted.start)).total_seconds()


_JUDGED = (RunState.SUCCEEDED, RunState.STOPPED)


def _stopped_by_held_out(gates: Sequence[Gate]) -> bool:
    return any(gate.key == "held_out" and not gate.passed for gate in gates)
