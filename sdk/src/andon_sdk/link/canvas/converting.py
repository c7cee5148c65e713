"""From a Link notebook to one whose cells are tagged.

Link runs a component with the names of those before it, by edges that somebody drew; its place says nothing. Here a
name comes from the step that binds it, found from the code. So components are put after their parents, and whatever
stood in front of them goes with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import nbformat
from nbformat import NotebookNode, v4

from andon_sdk.link.canvas import parameters as given
from andon_sdk.link.canvas.code import Split, bound_by, installed, read, split, step_name, stored
from andon_sdk.link.canvas.order import ordered
from andon_sdk.link.canvas.reading import CODE, Canvas, CanvasCell
from andon_sdk.link.canvas.report import Fate, Part, Report

COMPONENT, OTHER, EDGE, SETTING, COMMENT = "components", "other cells", "edges", "settings", "comments"
DISPLAY = "display"
RESERVED = frozenset({"pipeline", "metrics", "imports", "parameters", "recipe"})
"""Names that the generated module has for itself."""


@dataclass(frozen=True, slots=True)
class Converted:
    notebook: NotebookNode
    report: Report
    steps: Mapping[str, str]
    """Name of the step, by the canvas id of its component."""
    parents: Mapping[str, tuple[str, ...]]
    """Canvas ids of a component's parents that are components."""
    imported: Mapping[str, frozenset[str]]
    """Names that a component imported, by its canvas id."""


def convert(canvas: Canvas, later: Mapping[str, Sequence[str]] | None = None) -> Converted:
    """The tagged notebook, without outputs, and what became of everything. Edges are not judged yet.

    `later`: ids of components that are put after others though no edge says so, by the id of the one that waits.
    """
    return _Work(canvas, later or {}).done()


class _Work:
    def __init__(self, canvas: Canvas, later: Mapping[str, Sequence[str]]) -> None:
        self.canvas, self.later = canvas, later
        self.parts: list[Part] = []
        self.imports: dict[str, None] = {}
        self.bound: dict[str, str] = {}
        self.imported: dict[str, frozenset[str]] = {}
        self.cells: list[NotebookNode] = []
        self.components = {cell.id: cell for cell in canvas.cells if cell.component and cell.code}
        self.steps = self._names()
        self.parents = {id: self._parents(cell) for id, cell in self.components.items()}

    def done(self) -> Converted:
        lines, constants, told = given.typed(self.canvas.parameters)
        self.parts += told
        for group in self._groups():
            self._add(group)
        self.cells[:0] = self._head(lines, constants)
        self._tell_of_rebound()
        for number, cell in enumerate(self.cells, 1):
            cell.id = f"cell-{number}"
        book = v4.new_notebook(cells=self.cells, metadata=self._metadata())
        nbformat.validate(book)
        return Converted(book, Report(self.canvas.path, tuple(self.parts)), self.steps, self.parents, self.imported)

    def _names(self) -> dict[str, str]:
        taken = set(RESERVED) | {each.name for each in self.canvas.parameters}
        for cell in self.canvas.cells:
            for statement in split(cell.source).imports if cell.code else ():
                taken |= set(bound_by(statement))
        names: dict[str, str] = {}
        for id, cell in self.components.items():
            names[id] = step_name(cell.name, set(names.values()) | taken)
        return names

    def _parents(self, cell: CanvasCell) -> tuple[str, ...]:
        known: list[str] = []
        for id, name in cell.parents:
            if id in self.components and id != cell.id:
                known.append(id)
            else:
                what = "it leads to a component that is not there." if id != cell.id else "it leads to itself."
                self.parts.append(Part(EDGE, f"{name or id} → {cell.name}", Fate.LEFT, what, cell.number))
        return tuple(dict.fromkeys(known))

    def _groups(self) -> list[list[CanvasCell]]:
        """Cells with what stands in front of them, the components among them in the order in which they run."""
        groups: list[list[CanvasCell]] = [[]]
        for cell in self.canvas.cells:
            groups[-1].append(cell)
            if cell.code:
                groups.append([])
        led = {group[-1].id: group for group in groups if group and group[-1].id in self.components}
        waits = {id: (*parents, *self.later.get(id, ())) for id, parents in self.parents.items()}
        order, broken = ordered(list(self.components), waits)
        for parent, child in broken:
            name = f"{self.components[parent].name} → {self.components[child].name}"
            self.parts.append(Part(EDGE, name, Fate.LEFT, "these components wait for each other.", None))
        turn = iter(order)
        return [led[next(turn)] if group and group[-1].id in led else group for group in groups]

    def _add(self, group: Sequence[CanvasCell]) -> None:
        for cell in group:
            self._note(cell)
            if not cell.code:
                self.cells.append(v4.new_markdown_cell(cell.source))
            elif cell.id in self.components:
                self._component(cell)
            elif cell.source.strip():
                self._other(cell)

    def _note(self, cell: CanvasCell) -> None:
        if cell.component and not cell.code:
            self.parts.append(Part(COMPONENT, cell.name, Fate.LEFT, "it is a cell of text; it stays one.", cell.number))
        for key, value in cell.settings.items():
            what = f"{str(value)[:60]!r} of “{cell.name or cell.number}” means nothing here."
            self.parts.append(Part(SETTING, key, Fate.LEFT, what, cell.number))
        for comment in cell.comments:
            self.cells.append(v4.new_markdown_cell(f"> **{comment.writer or 'Comment'}:** {comment.message}"))
            self.parts.append(Part(COMMENT, comment.writer or "(without a name)", Fate.CARRIED, cell=cell.number))

    def _component(self, cell: CanvasCell) -> None:
        if cell.kind != CODE:
            what = f"a component of the kind {cell.kind} is none that Python code says; its text is kept and skipped."
            return self._skipped(COMPONENT, cell, what)
        if not cell.source.strip():
            return self.parts.append(Part(COMPONENT, cell.name, Fate.LEFT, "it is empty.", cell.number))
        parts = split(cell.source)
        if parts.error:
            return self._skipped(COMPONENT, cell, f"it is no Python ({parts.error}); its text is kept and skipped.")
        rest = self._without_imports(cell, parts)
        self.imported[cell.id] = frozenset(name for each in parts.imports for name in bound_by(each))
        if DISPLAY in read(parts.rest) and DISPLAY not in self.bound:  # a notebook has it without being asked
            self.bound[DISPLAY] = f"IPython.display:{DISPLAY}"
            self.imports[f"from IPython.display import {DISPLAY}"] = None
        fate, what = Fate.CARRIED, ""
        if parts.shell:
            fate, what = Fate.CHANGED, f"{parts.shell[0]!r} is a comment now: no pipeline has the notebook's shell."
        self.parts.append(Part(COMPONENT, cell.name, fate, what, cell.number))
        if _says_something(rest):
            self._code(rest, f"step:{self.steps[cell.id]}")
        return None

    def _other(self, cell: CanvasCell) -> None:
        parts = split(cell.source)
        if not parts.error and not parts.shell and not _says_something(parts.rest):
            self._without_imports(cell, parts)
            self.parts.append(Part(OTHER, f"cell {cell.number}", Fate.CARRIED, "", cell.number))
        elif (wanted := installed(parts)) and not _says_something(parts.rest):
            listed = ", ".join(f"`{each}`" for each in wanted)
            self.cells.append(v4.new_markdown_cell(f"Packages that it wants: {listed}."))
            what = f"a pipeline installs nothing: what it wants ({', '.join(wanted)}) is text now."
            self.parts.append(Part(OTHER, f"cell {cell.number}", Fate.CHANGED, what, cell.number))
        else:
            what = "it is no component, so no pipeline runs it: it is kept and skipped."
            self._skipped(OTHER, cell, what, Fate.CHANGED)

    def _skipped(self, kind: str, cell: CanvasCell, what: str, fate: Fate = Fate.LEFT) -> None:
        self.parts.append(Part(kind, cell.name or f"cell {cell.number}", fate, what, cell.number))
        self._code(cell.source, "skip")

    def _without_imports(self, cell: CanvasCell, parts: Split) -> str:
        """The cell's text; its imports are in the cell of imports, unless they mean another thing under a name that is
        taken."""
        kept: list[str] = []
        for statement in parts.imports:
            names = bound_by(statement)
            other = next((name for name, what in names.items() if self.bound.get(name, what) != what), None)
            if other is None:
                self.bound |= names
                self.imports[statement] = None
            else:
                kept.append(statement)
                what = f"{other!r} is imported as {names[other]} in “{cell.name}”, and as {self.bound[other]} before."
                self.parts.append(Part(SETTING, "import", Fate.CHANGED, what, cell.number))
        return "\n".join([*kept, parts.rest])

    def _head(self, lines: list[str], constants: list[str]) -> list[NotebookNode]:
        future = [each for each in self.imports if each.startswith("from __future__")]
        rest = [each for each in self.imports if each not in future]
        head: list[NotebookNode] = []
        for tag, text in (("imports", [*future, *rest, *constants]), ("parameters", lines)):
            if text:
                head.append(v4.new_code_cell("\n".join(text), metadata={"tags": [tag]}))
        return head

    def _tell_of_rebound(self) -> None:
        """Parameters that a component binds anew."""
        by: dict[str, CanvasCell] = {}
        for cell in self.components.values():
            parts = split(cell.source)
            if not parts.error:
                by |= dict.fromkeys(stored(parts.rest), cell)
        for place, part in enumerate(self.parts):
            if part.kind == given.KIND and part.fate is Fate.CARRIED and part.name in by:
                cell = by[part.name]
                what = f"“{cell.name}” binds it anew, so that what a run is given would be lost: rename one of the two."
                self.parts[place] = replace(part, fate=Fate.CHANGED, what=what, cell=cell.number)

    def _code(self, source: str, tag: str) -> None:
        self.cells.append(v4.new_code_cell(source, metadata={"tags": [tag]}))

    def _metadata(self) -> dict[str, object]:
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return {"kernelspec": kernel, "language_info": {"name": "python"}}


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())
