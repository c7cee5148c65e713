"""What a pipeline is for: its metrics, and the recipe that is deployed."""

import ast
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import RECIPE, Finding
from andon_sdk.link.graph import Unit, numbers_of
from andon_sdk.link.names import Binding
from andon_sdk.link.seen import Seen, at_once, error, said, warning

NO_METRICS = warning(
    "metrics-missing", "Without numbers nobody can prove that the pipeline does what the notebook did."
)
NO_NUMBER = error("metrics-without-number", "Metrics are the numbers that this cell binds to names at its top level.")
NO_RECIPE = warning("recipe-missing", "The notebook can be run and proven, and there is nothing to deploy.")
OF_ROWS = error(
    "recipe-of-rows", "A recipe is given rows where it trains, machine by machine, so it holds none itself."
)

_READING = re.compile(
    r"numpy\.(?:load|loadtxt|genfromtxt|fromfile)|sklearn\.datasets\.\w+|scipy\.io\.loadmat|csv\.(?:DictReader|reader)"
    r"|andon_sdk\.link\.data\.(?:rows|trend|events|snapshot|pinned|from_\w+)"
)
_READING_METHOD = re.compile(
    r"(?:read|scan)_(?:csv|parquet|excel|sql|json|feather|ipc|delta|table|hdf|database)|simulate"
)
"""Of whatever object: `pl.read_csv`, `store.read_table`, a plant's `simulate`."""


def results(seen: Seen) -> Iterator[Finding]:
    last = seen.links.texts[-1].cell.number if seen.links.texts else 1
    metrics = seen.links.metrics
    if metrics is None:
        what = "No cell is tagged metrics."
        yield NO_METRICS.at(last, 1, what, "Tag a cell metrics that binds numbers, such as `auc = 0.9`.")
    elif not list(numbers_of(metrics)):
        what = f"Cell {metrics.cells[0]} is tagged metrics and binds no number."
        yield NO_NUMBER.at(metrics.cells[0], 1, what, "Give numbers names there: `rmse = float(…)`.")
    if not seen.graph.recipe:
        what = f"No step binds `{RECIPE}`."
        fix = f"Bind `{RECIPE}` to a Blueprint or an Estimator in a step, such as by andon_sdk.link.recipes."
        yield NO_RECIPE.at(last, 1, what, fix)
    else:
        yield from _of_rows(seen)


def _of_rows(seen: Seen) -> Iterator[Finding]:
    units = [unit for unit in seen.links.order if unit.name in seen.graph.recipe]
    readers = ((unit, call) for unit in units if (call := _reads(unit, seen)))
    source, call = next(readers, (None, None))
    if source is None:
        return
    giver = units[-1]
    cell, line = _where(giver)
    if source is giver:
        what = f"`{RECIPE}` is made in {said(giver)}, which reads rows itself (`{call}`)."
        fix = f"Read rows in a step of their own that `{RECIPE}` does not need."
    else:
        way = " → ".join(said(unit) for unit in units)
        what = f"`{RECIPE}` in {said(giver)} is made of rows that {said(source)} reads (`{call}`): {way}."
        fix = f"Make `{RECIPE}` of functions, classes and parameters; it gets its rows in `fit` or in training."
    yield OF_ROWS.at(cell, line, what, fix)


def _where(unit: Unit) -> tuple[int, int]:
    """Where the recipe is bound."""
    return next(
        (text.cell.number, event.line)
        for text in unit.texts
        for event in text.events
        if isinstance(event, Binding) and event.name == RECIPE
    )


def _reads(unit: Unit, seen: Seen) -> str | None:
    """The call by which the step reads rows, when it runs."""
    for text in unit.texts:
        for node in at_once(text.tree):
            if isinstance(node, ast.Call) and (found := _reading(node, seen)):
                return found
    return None


def _reading(call: ast.Call, seen: Seen, depth: int = 0) -> str | None:
    name = seen.dotted(call.func)
    if _READING.fullmatch(name):
        return name
    if isinstance(call.func, ast.Attribute) and _READING_METHOD.fullmatch(call.func.attr):
        return ast.unparse(call.func)
    function = seen.functions.get(name)
    if isinstance(function, ast.FunctionDef) and depth < 5:
        inner = (node for node in ast.walk(function) if isinstance(node, ast.Call))
        if any(_reading(each, seen, depth + 1) for each in inner if each is not call):
            return name
    return None
