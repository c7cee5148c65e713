"""Demo plants: the same life for the same seed, whatever slices are asked for."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from andon_sdk.plugin import Contract, DemoPlant, DemoRows
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

if TYPE_CHECKING:
    import numpy as np

_ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
_KINDS = {"part_replaced", "maintenance", "failure"}
_OUTSIDE = 0.01


def demo_plants(subject: Subject) -> Seen:
    """An hour of a plant of two machines, or of all where its number is fixed."""
    for plant in subject.declared("demo_plants"):
        contract = subject.contract(plant.contract)
        if contract is not None:
            yield from _tried(plant.sized(2) if plant.sized else plant, contract)


def _tried(plant: DemoPlant, contract: Contract) -> Seen:
    import numpy as np  # noqa: PLC0415 - plugins without plants do without

    where, every = f"demo plant {plant.key}", max(contract.period_s, 10.0)
    half, end = _ORIGIN + timedelta(minutes=30), _ORIGIN + timedelta(hours=1)
    life = plant.simulate(_ORIGIN, 3)
    whole = life.rows(_ORIGIN, end, every)
    if whole.values.ndim != 2 or whole.values.shape != (len(whole.time), len(contract.signals)):
        said = (
            f"values has the shape {whole.values.shape} for {len(whole.time)} rows of {len(contract.signals)} signals."
        )
        yield where, said, "Columns are the contract's signals, in their order."
        return
    halves = [plant.simulate(_ORIGIN, 3).rows(_ORIGIN, half, every), life.rows(half, end, every)]
    if not _same(whole, [np.concatenate([getattr(each, name) for each in halves]) for name in _FIELDS]):
        yield where, "Asked in two halves, the hour is another.", "Let each draw depend on seed, asset and time only."
    if np.any(np.diff(whole.time) < np.timedelta64(0)):
        yield where, "Its rows are not in order of time.", "Sort them by time."
    low, high = (np.array([getattr(signal, side) for signal in contract.signals]) for side in ("low", "high"))
    outside = float(np.mean((whole.values < low) | (whole.values > high))) if len(whole.time) else 0.0
    if outside > _OUTSIDE:
        yield where, f"{outside:.0%} of its values lie outside the contract's limits.", "The door would refuse them."
    keys = {asset.key for asset in plant.assets}
    for event in life.events(_ORIGIN, _ORIGIN + timedelta(days=365)):
        if event.kind not in _KINDS or event.asset not in keys:
            yield where, f"It tells of {event.kind!r} at {event.asset!r}.", f"Kinds are {', '.join(sorted(_KINDS))}."
            return


_FIELDS = ("asset", "time", "values")


def _same(rows: DemoRows, others: "list[np.ndarray]") -> bool:
    import numpy as np  # noqa: PLC0415

    told = [np.asarray(getattr(rows, name)) for name in _FIELDS]
    return all(
        one.shape == other.shape and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        for one, other in zip(told, others, strict=True)
    )
