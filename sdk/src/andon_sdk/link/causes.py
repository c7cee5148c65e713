"""Why a proof did not come out as the notebook did: the probable cause, and what to do, in one or two sentences."""

from itertools import pairwise

from andon_sdk.link.contracts import Analysis, Cell, Finding, Role
from andon_sdk.link.generate import steps_of
from andon_sdk.link.running import Failure, Outcome

_FAILURES = (
    (
        ("FileNotFoundError", "NotADirectoryError", "os error 2", "No such file"),
        "The proof runs in an empty folder, with the files only that the code names by a path beside the notebook, or "
        "that are pinned: put the file there, or read a snapshot by data.pinned(…).",
    ),
    (
        ("ModuleNotFoundError", "ImportError"),
        "The package is not installed, or is a file beside the notebook: install it, or move its code into a cell.",
    ),
    (
        ("NetworkUsed", "gaierror", "ConnectionError", "ConnectError", "URLError", "NotConnected", "unreachable"),
        "The proof has no network: freeze the rows by data.snapshot(…), and read them by data.pinned(…).",
    ),
    (
        ("NameError", "UnboundLocalError"),
        "The name is of a cell that is not of this pipeline, or of one that was deleted: bind it in a step.",
    ),
    (("KeyError: 'HOME'", "environ"), "The proof has no environment of yours: make it a parameter."),
    (("EOFError", "StdinNotImplementedError"), "Nobody answers a question there: make it a parameter."),
)
_RULES = (
    "random", "seed", "determin", "hidden", "order", "changed", "shadow", "set-", "time", "path", "missing",
)  # fmt: skip


def of_failure(failure: Failure, analysis: Analysis) -> str:
    """Of a run that broke off; empty where nothing is to be added to what was raised."""
    for words, cause in _FAILURES:
        if any(word in failure.what for word in words):
            return cause
    found = _finding(analysis, {failure.cell} if failure.cell else set())
    return _told(found) if found else ""


def of_two_runs(metric: str, first: Outcome, second: Outcome, analysis: Analysis) -> str:
    """Of two runs of the same pipeline, with other seeds, that gave different numbers."""
    own = {each.step: each for each in second.progress}
    for step in first.progress:
        theirs = own[step.step].random
        unseeded = [library for library in step.drawn if step.random[library] != theirs.get(library)]
        if unseeded:
            libraries = " and ".join(unseeded)
            return (
                f"{step.step} draws random numbers of {libraries} and sets no seed, so that each run gives another "
                f"{metric}: set one in that step."
            )
    found = _finding(analysis, _cells(analysis))
    told = (
        _told(found) if found else "A set's order, the time, a generator of its own without a seed, or threads do so."
    )
    other = second.metrics.get(metric)
    numbers = f"{first.metrics[metric]:.8g} and {'none' if other is None else format(other, '.8g')}"
    return f"Two runs of the same code gave {numbers}. {told}"


def of_wrong_number(metric: str, analysis: Analysis) -> str:
    """Of a number that each run gives alike, and the notebook otherwise."""
    late = _out_of_order(analysis)
    if late is not None:
        before, after = late
        return (
            f"Cell {after.number} was last run before cell {before.number}, which stands above it: "
            f"run all cells in order, and save."
        )
    never = next((cell for cell in _ran(analysis) if cell.executed is None), None)
    if never is not None:
        return f"Cell {never.number} was not run since it was written: run all cells in order, and save."
    found = _finding(analysis, _cells(analysis))
    if found is not None:
        return _told(found)
    return "The notebook's number is of other code or other rows than are saved: run all cells in order, and save."


def _ran(analysis: Analysis) -> list[Cell]:
    """Cells that the metrics may depend on, if the file says when cells ran."""
    cells = [cell for cell in analysis.notebook.cells if cell.role is not Role.SKIP and cell.source.strip()]
    return cells if any(cell.executed is not None for cell in cells) else []


def _out_of_order(analysis: Analysis) -> tuple[Cell, Cell] | None:
    ran = [cell for cell in _ran(analysis) if cell.executed is not None]
    for above, below in pairwise(ran):
        if (above.executed or 0) > (below.executed or 0):
            return above, below
    return None


def _cells(analysis: Analysis) -> set[int]:
    """Those of the metrics and of all steps that these come from."""
    steps = {step.name: step for step in steps_of(analysis.graph)}
    cells: set[int] = set()
    waiting = [analysis.graph.metrics.name] if analysis.graph.metrics else []
    while waiting:
        step = steps[waiting.pop()]
        if not set(step.cells) <= cells:
            cells |= set(step.cells)
            waiting += step.after
    return cells


def _finding(analysis: Analysis, cells: set[int]) -> Finding | None:
    """The finding that most probably is the cause."""
    here = [each for each in analysis.findings if each.cell in cells]
    for word in _RULES:
        found = next((each for each in here if word in each.rule), None)
        if found is not None:
            return found
    return None


def _told(finding: Finding) -> str:
    return f"Cell {finding.cell}, line {finding.line}: {finding.what} {finding.fix}"
