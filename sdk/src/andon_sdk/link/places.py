"""From a line of the pipeline back to the cell of the notebook that it was written in."""

from andon_sdk.link.contracts import Graph, Notebook, Role
from andon_sdk.link.generate import IMPORTS, Place, steps_of


def in_cell(notebook: Notebook, graph: Graph, place: Place) -> tuple[int, int] | None:
    """Number of the cell and the line in it, from 1; None for a line that is in no cell."""
    if place.step == IMPORTS:
        numbers = tuple(cell.number for cell in notebook.cells if cell.role is Role.IMPORTS)
        text = graph.imports.strip("\n")
    else:
        step = next(each for each in steps_of(graph) if each.name == place.step)
        numbers, text = step.cells, step.source
    lines = [
        (cell.number, at, line)
        for cell in notebook.cells
        if cell.number in numbers
        for at, line in enumerate(cell.source.split("\n"), 1)
    ]
    wanted = text.split("\n")[: place.line]
    found, begin = None, 0
    for line in wanted:  # a step's source is its cells' lines in order, perhaps without some, such as magics
        match = next((index for index in range(begin, len(lines)) if lines[index][2] == line), None)
        if match is not None:
            begin, found = match + 1, lines[match][:2]
        else:
            found = None
    return found
