"""From a line of the pipeline back to the cell of the notebook that it was written in."""

from andon_sdk.link.contracts import Graph, Notebook, Role
from andon_sdk.link.generate import IMPORTS, Place, steps_of


def in_cell(notebook: Notebook, graph: Graph, place: Place) -> tuple[int, int] | None:
    """Number of the cell and the line in it, from 1; None for a line that is in no cell."""
    if place.step == IMPORTS:
        numbers = tuple(cell.number for cell in notebook.cells if cell.role is Role.IMPORTS)
    else:
        numbers = next(each.cells for each in steps_of(graph) if each.name == place.step)
    begin = 0
    for cell in notebook.cells:
        if cell.number in numbers:  # a step's source is its cells' lines, with an empty one between two cells
            lines = cell.source.count("\n") + 1
            if begin < place.line <= begin + lines:
                return cell.number, place.line - begin
            begin += lines + 1
    return None
