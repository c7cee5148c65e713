"""From a saved notebook to its green mark, against running the notebook as Jupyter does.

    .venv/bin/python tests/bench/link.py

The notebook is the gallery's of laser drills: rows of six drills, a network trained for each, its warnings judged.
`proof` is `prove`: a clean process behind walls makes its numbers once more, from an empty cache. `again` is a run
after an edit of the metrics, whose steps are known.
"""

import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from harness import Row, Timed, show, timed, write
from nbclient import NotebookClient

import andon_sdk.link
from andon_sdk.link.findings import analyse
from andon_sdk.link.proving import prove
from andon_sdk.link.reading import read
from andon_sdk.link.running import run
from andon_sdk.link.standing import Mark

NOTEBOOK = Path(andon_sdk.link.__file__).parent / "gallery" / "drill_wear.ipynb"
PAIRS = 3
LIMIT_S = 60.0


def of_children(work: Callable[[], object]) -> Timed:
    """Processor time is that of the processes that were started and have ended."""

    def counted() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        work()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return timed(counted)


def proven(path: Path) -> None:
    assert prove(path).state is Mark.PROVEN


def executed(path: Path) -> None:
    """Each cell in a kernel of its own, from the top to the bottom."""
    NotebookClient(nbformat.read(path, 4), resources={"metadata": {"path": str(path.parent)}}).execute()


def edited(path: Path, number: int) -> None:
    """A run whose metrics are new, and nothing else."""
    book = nbformat.read(path, 4)
    cell = next(each for each in book.cells if "metrics" in each.metadata.get("tags", []))
    cell.source = f"edit = {number}\n{cell.source}"
    other = path.with_name("edited.ipynb")
    nbformat.write(book, other)
    analysis = analyse(read(other))
    came = run(analysis.graph, {}, path.parent / "cache", notebook=analysis.notebook)
    assert came.failure is None


def row(name: str, ours: list[Timed], theirs: list[Timed]) -> Row:
    ratios = [b.wall_s / a.wall_s for a, b in zip(ours, theirs, strict=True)]
    cpu, against = (statistics.median(each.cpu_s for each in part) for part in (ours, theirs))
    made = Row(
        name=name,
        value=statistics.median(each.wall_s for each in ours),
        unit="s",
        against="nbclient",
        against_value=statistics.median(each.wall_s for each in theirs),
        ratio=statistics.median(ratios),
        ratio_lo=min(ratios),
        ratio_hi=max(ratios),
        facts={"cpu_s": cpu, "against_cpu_s": against, "ratio_of_cpu": against / cpu, "limit_s": LIMIT_S},
    )
    show(made)
    return made


def main() -> None:
    # As in a proof: threads that spin while they wait cost a busy machine many times what they compute.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NOTEBOOK.name)
        shutil.copy(NOTEBOOK, path)
        edited(path, 0)
        proofs, runs, kernels = [], [], []
        for pair in range(1, PAIRS + 1):
            proofs.append(of_children(lambda: proven(path)))
            kernels.append(of_children(lambda: executed(path)))
            runs.append(of_children(lambda number=pair: edited(path, number)))
        write("link", [row("proof", proofs, kernels), row("again", runs, kernels)])


if __name__ == "__main__":
    main()
