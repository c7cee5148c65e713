"""When retraining will not help: by the contract, by earlier runs, and by the run itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets.contracts import ContractVersion
from services.training import in_vain
from services.training.contracts import Attempt, Gate, InVain, RunState

ASSET = UUID(int=1)
DAY = timedelta(days=1)
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
FORCE, HEAT, FLOW = (Signal(key, key.title(), "N", 0.0, 9.0) for key in ("force", "heat", "flow"))
STOPPED = Gate(ASSET, "held_out", False, 0.4, 0.09, "40.0% of the newest rows are called abnormal.")
PASSED = Gate(ASSET, "held_out", True, 0.9, 0.6, "Fine.")


def version(number: int, *signals: Signal, at: datetime = BEGAN) -> ContractVersion:
    return ContractVersion(UUID(int=9), number, Contract("press", "Press", signals, 60.0), "d", at)


def wanted(start: datetime = BEGAN, days: float = 10, contract: ContractVersion | None = None) -> in_vain.Wanted:
    return in_vain.Wanted("press-coder", start, start + days * DAY, contract or version(1, FORCE, at=BEGAN - 99 * DAY))


def attempt(number: int, start: datetime = BEGAN, days: float = 10, **changes: Any) -> Attempt:
    known: dict[str, Any] = {
        "blueprint": "press-coder",
        "created_at": BEGAN + (20 + number) * DAY,
        "ended_at": None,
        "state": RunState.STOPPED,
        "version_id": None,
    }
    return Attempt(UUID(int=100 + number), ASSET, start=start, end=start + days * DAY, **(known | changes))


@pytest.mark.parametrize(
    ("champions", "start", "said"),
    [
        (version(1, FORCE, HEAT), BEGAN - DAY, "(new: flow; gone: heat)"),
        (version(1, Signal("force", "Force", "kN", 0.0, 9.0), FLOW), BEGAN - DAY, "(changed: force)"),
        # Rows since the change know the new contract.
        (version(1, FORCE, HEAT), BEGAN, None),
        (version(2, FORCE, FLOW), BEGAN - DAY, None),
        (version(1, FORCE, FLOW), BEGAN - DAY, None),
        (None, BEGAN - DAY, None),
    ],
)
def test_rows_from_before_a_changed_contract(
    champions: ContractVersion | None, start: datetime, said: str | None
) -> None:
    found = in_vain.contract_changed(ASSET, wanted(start, contract=version(2, FORCE, FLOW)), champions)
    assert (found and found.reason) == (said and InVain.CONTRACT_CHANGED)
    if found and said:
        assert said in found.sentence
        assert found.sentence.endswith("Choose dates after that, once enough rows came.")
        assert "2026-03-01" in found.sentence


def test_the_same_rows_again() -> None:
    before, other = attempt(1), attempt(2, BEGAN - 30 * DAY)
    gates = {before.run_id: [STOPPED], other.run_id: [PASSED]}
    found = in_vain.by_attempts(ASSET, wanted(BEGAN + DAY / 2), [other, before], gates)
    assert found is not None
    assert found.reason is InVain.SAME_RANGE
    assert found.sentence == (
        "Retraining will not help, because the run of 2026-03-22 had nearly the same rows and was stopped: 40.0% of "
        "the newest rows are called abnormal. Choose other dates, or look for what changed at the machine."
    )
    assert in_vain.by_attempts(ASSET, wanted(BEGAN + 5 * DAY), [other, before], gates) is None
    strange = attempt(1, blueprint="other")
    assert in_vain.by_attempts(ASSET, wanted(), [strange], {strange.run_id: [STOPPED]}) is None
    unfinished = attempt(1, state=RunState.FAILED)
    assert in_vain.by_attempts(ASSET, wanted(), [unfinished], {}) is None


@pytest.mark.parametrize(
    ("ends", "gates", "reason"),
    [
        ((10, 20), (STOPPED, STOPPED), InVain.TWICE_POOR),
        ((20, 10), (STOPPED, STOPPED), None),
        ((10, 20), (STOPPED, PASSED), None),
        ((10, 20), (PASSED, STOPPED), None),
    ],
)
def test_twice_on_fresher_rows(ends: tuple[int, int], gates: tuple[Gate, Gate], reason: InVain | None) -> None:
    made = [attempt(i, days=days) for i, days in enumerate(ends)]
    of_runs = {one.run_id: [gate] for one, gate in zip(made, gates, strict=True)}
    found = in_vain.by_attempts(ASSET, wanted(BEGAN + 30 * DAY), made, of_runs)
    assert (found and found.reason) == reason


@pytest.mark.parametrize(
    ("rows", "gate", "told"), [(4000, STOPPED, True), (999, STOPPED, False), (4000, PASSED, False)]
)
def test_poor_in_spite_of_enough_rows(rows: int, gate: Gate, told: bool) -> None:
    found = in_vain.poor_with_enough_rows(ASSET, [gate], rows)
    assert (found is not None) == told
    if found is not None:
        assert found.sentence.startswith("Retraining on such dates will not help, because 4000 rows were enough")
