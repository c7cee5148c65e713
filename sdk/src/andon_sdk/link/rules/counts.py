"""The kernel's counts say in which order cells were run."""

from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.seen import Seen, warning

RULE = warning(
    "run-out-of-order",
    "What the notebook shows was made in another order than the pipeline's, so it may not come again.",
)


def counts(seen: Seen) -> Iterator[Finding]:
    """The first cell that ran before one above it."""
    before = None
    for text in seen.told:
        cell = text.cell
        if cell.executed is None:
            continue
        if before is not None and before.executed is not None and cell.executed < before.executed:
            counts = f"as number {cell.executed}, before cell {before.number}, which ran as {before.executed}"
            what = f"Cell {cell.number} ran {counts}."
            yield RULE.at(cell.number, 1, what, "Restart the kernel, run all cells from the top, and save.")
            return
        before = cell
