"""Link notebooks of MakinaRocks, read and written anew with tags. Nothing of them is run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nbformat

from andon_sdk.link.canvas.converting import Converted, convert
from andon_sdk.link.canvas.edges import Strange, edges, strangers, told
from andon_sdk.link.canvas.errors import CanvasError
from andon_sdk.link.canvas.order import ordered
from andon_sdk.link.canvas.reading import Canvas, read_canvas
from andon_sdk.link.canvas.report import Fate, Part, Report
from andon_sdk.link.contracts import Analysis
from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import parse

__all__ = ["CanvasError", "Fate", "Part", "Report", "import_notebook"]
ORDER = "order"


def import_notebook(path: Path, into: Path) -> tuple[Path, Report, Analysis]:
    """Writes the tagged notebook: into `into` if that ends in .ipynb, else into that folder under its own name.

    Returns where it is, what became of each part, and what the code says. Raises `CanvasError`, also where a file is
    there already.
    """
    target = into if into.suffix == ".ipynb" else into / f"{path.stem}.ipynb"
    made, report, analysis = _placed(read_canvas(path), target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(nbformat.writes(made.notebook) + "\n")
    except FileExistsError as error:
        raise CanvasError(f"{target} is there already and stays as it is: name another file or folder.") from error
    except OSError as error:
        raise CanvasError(f"{target} cannot be written: {error}") from error
    return target, report, analysis


def _placed(canvas: Canvas, target: Path) -> tuple[Converted, Report, Analysis]:
    """Converted in an order in which each component has its names from where Link had them, if there is one.

    A component that would see the work of another that was not before it in Link is put before that one.
    """
    later: dict[str, tuple[str, ...]] = {}
    moved: list[Part] = []
    while True:
        made = convert(canvas, later)
        analysis = analyse(parse(nbformat.writes(made.notebook), target))
        strange = list(strangers(analysis.graph, made))
        fitting = next((each for each in strange if each.elsewhere and _fits(made, later, each)), None)
        if fitting is None:
            found = (*made.report.parts, *edges(analysis.graph, made), *moved, *told(strange, made))
            return made, replace(made.report, parts=found), analysis
        later[fitting.giver] = (*later.get(fitting.giver, ()), fitting.taker)
        names = ", ".join(fitting.names)
        what = f"it stands before “{made.steps[fitting.giver]}”, whose {names} it was not given in Link."
        moved.append(Part(ORDER, made.steps[fitting.taker], Fate.CARRIED, what))


def _fits(made: Converted, later: Mapping[str, tuple[str, ...]], each: Strange) -> bool:
    """Whether the giver can wait for the taker, with all that waits already."""
    waits = {id: (*parents, *later.get(id, ())) for id, parents in made.parents.items()}
    waits[each.giver] = (*waits[each.giver], each.taker)
    return each.taker not in later.get(each.giver, ()) and not ordered(list(made.steps), waits)[1]
