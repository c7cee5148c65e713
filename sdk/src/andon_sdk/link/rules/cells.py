"""Tags of cells, their Python, and how they stand beside each other."""

import ast
import keyword
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import Cell, Finding, Form, Role
from andon_sdk.link.graph import Text
from andon_sdk.link.reading.tags import PLAIN, STEP
from andon_sdk.link.seen import Seen, at_once, error, warning

SYNTAX = error("syntax-error", "A cell that is not Python cannot be read, nor run.")
UNTAGGED = warning("untagged-cell", "Only tagged cells become parts of a pipeline; this one is left out.")
UNKNOWN = warning("unknown-tag", "Only tagged cells become parts of a pipeline; this one is left out.")
SEVERAL = error("several-tags", "A cell is one part of the pipeline.")
NAME = error("step-name", "A step becomes a function of that name.")
APART = error("step-apart", "Cells of one step become one function, so another cannot run between them.")
ASYNC = error("async-top-level", "A step becomes an ordinary function, which nobody awaits.")

_LIKE_OURS = re.compile(r"(?i)(step|import|param|metric|skip)")
_RESERVED = {"pipeline", "metrics", "imports", "parameters", "skip"}


def cells(seen: Seen) -> Iterator[Finding]:
    for text in seen.links.texts:
        if text.cell.role is not Role.SKIP:
            yield from _readable(text)
        yield from _tags(text, seen.notebook.form)
    yield from _names(seen)
    yield from _apart(seen)


def _readable(text: Text) -> Iterator[Finding]:
    cell = text.cell.number
    if (wrong := text.plain.error) is not None:
        fix = "Run the cell and mend what Python says."
        yield SYNTAX.at(cell, wrong.lineno or 1, f"Cell {cell} is not Python: {wrong.msg}.", fix)
    for node in at_once(text.tree):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield ASYNC.at(
                cell,
                node.lineno,
                f"Cell {cell} awaits at its top level.",
                "Put it into a function and call it by asyncio.run(…).",
            )
            return


def _tags(text: Text, form: Form) -> Iterator[Finding]:
    cell = text.cell
    ours = [tag for tag in cell.tags if _is_ours(tag)]
    if len(ours) > 1:
        told = ", ".join(f"`{tag}`" for tag in ours)
        yield SEVERAL.at(cell.number, 1, f"Cell {cell.number} has the tags {told}.", "Keep one, or part the cell.")
    if ours or not (text.tree.body or text.plain.error):
        return
    like = [tag for tag in cell.tags if _LIKE_OURS.search(tag)]
    tags = "imports, parameters, step:<name>, metrics, skip"
    if like:
        what = f"Cell {cell.number} has the tag `{like[0]}`, which means nothing here."
        yield UNKNOWN.at(cell.number, 1, what, f"Use one of these: {tags}.")
    else:
        yield UNTAGGED.at(
            cell.number, 1, f"Cell {cell.number} has no tag.", f"{_HOW[form]}, with one of these: {tags}."
        )


_HOW = {
    Form.JUPYTER: "Tag it (property inspector of Jupyter, or a first line %%step <name>)",
    Form.MARIMO: "Name its function, or begin it with a comment # step: <name>",
    Form.PYTHON: 'Tag it in its first line, # %% tags=["step:<name>"]',
}


def _is_ours(tag: str) -> bool:
    return tag in PLAIN or (tag.startswith(STEP) and len(tag) > len(STEP))


def _names(seen: Seen) -> Iterator[Finding]:
    taken = {parameter.key for parameter in seen.links.parameters}
    taken |= set(seen.links.imports.bound) if seen.links.imports else set()
    for unit in seen.links.steps:
        name, cell = unit.name, unit.cells[0]
        if not name.isidentifier() or keyword.iskeyword(name):
            what = f"`{name}` cannot be the name of a function."
            yield NAME.at(cell, 1, what, "Use letters, digits and underscores, a letter first.")
        elif name in _RESERVED or name in taken:
            means = "is kept for something else" if name in _RESERVED else "is already an import or a parameter"
            yield NAME.at(cell, 1, f"The step's name `{name}` {means}.", "Give the step another name.")


def _apart(seen: Seen) -> Iterator[Finding]:
    """Cells that are skipped, and those of imports and parameters, may stand anywhere."""
    in_order: list[Cell] = [text.cell for text in seen.links.texts if text.cell.role in {Role.STEP, Role.METRICS}]
    over: set[str | None] = set()
    for before, cell in zip([None, *in_order], in_order, strict=False):
        if before is not None and before.step != cell.step:
            over.add(before.step)
        if cell.step in over:
            told = f"*{cell.step or cell.role}*"
            what = f"Cell {cell.number} belongs to {told}, and another step stands between its cells."
            yield APART.at(cell.number, 1, what, "Move its cells together, or give one of them another name.")
