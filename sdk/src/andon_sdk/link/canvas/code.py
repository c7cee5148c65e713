"""What is done to the text of cells: imports go to one cell, lines for the notebook's shell become comments."""

import ast
import keyword
import re
import shlex
import unicodedata
from dataclasses import dataclass

_SHELL = re.compile(r"^(\s*)([%!].*)$")
_INSTALL = re.compile(r"[%!]\s*(?:python3? -m )?pip3? install (.+)")
_FIRST_OF_CELL = re.compile(r"^%%")


@dataclass(frozen=True, slots=True)
class Split:
    """A cell's text in parts."""

    imports: tuple[str, ...]
    """Statements at its top level that import, each on its own."""
    rest: str
    shell: tuple[str, ...]
    """Lines for the shell of the notebook, which are comments in `rest` now."""
    error: str | None = None
    """Why it is no Python; `rest` is then its text."""


def split(source: str) -> Split:
    """Imports out of a cell's text. Comments and everything else stay as they are."""
    if _FIRST_OF_CELL.match(source):
        return Split((), source, (), f"it begins with {source.split(maxsplit=1)[0]}, which no pipeline runs")
    quiet, shell = _without_shell(source)
    try:
        tree = ast.parse(quiet)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Split((), source, (), str(error))
    lines, moved, gone = quiet.splitlines(), [], set[int]()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and _alone(node, tree):
            moved.append(ast.unparse(node))
            gone |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    rest = "\n".join(line for number, line in enumerate(lines) if number not in gone)
    return Split(tuple(moved), re.sub(r"\n{3,}", "\n\n", rest).strip("\n"), shell)


def bound_by(statement: str) -> dict[str, str]:
    """Names that an import binds, and what each is."""
    [node] = ast.parse(statement).body
    assert isinstance(node, ast.Import | ast.ImportFrom)
    if isinstance(node, ast.Import):
        return {each.asname or each.name.partition(".")[0]: _what(each) for each in node.names}
    where = "." * node.level + (node.module or "")
    return {each.asname or each.name: f"{where}:{each.name}" for each in node.names}


def stored(source: str) -> set[str]:
    """Names that the text binds or deletes outside of functions and classes."""
    return {node.id for node in _outside(source) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}


def read(source: str) -> set[str]:
    """Names that the text reads anywhere."""
    return {
        node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def installed(parts: Split) -> list[str]:
    """Packages that a cell installs, where all its lines for the shell do that; else none."""
    found: list[str] = []
    for line in parts.shell:
        match = _INSTALL.fullmatch(line.strip())
        if match is None:
            return []
        try:
            found += [each for each in shlex.split(match[1]) if not each.startswith("-")]
        except ValueError:  # a quote that is not closed
            return []
    return found


def step_name(name: str, taken: set[str]) -> str:
    """A name for a step that a function can have, and that none of `taken` is."""
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name).lower()).strip("_") or "step"
    if plain[0].isdigit() or keyword.iskeyword(plain):
        plain = f"step_{plain}"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    return found


def _without_shell(source: str) -> tuple[str, tuple[str, ...]]:
    """Lines that begin with % or ! as comments, unless they stand inside of a text of several lines."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        found: list[str] = []

        def quieted(line: str) -> str:
            match = _SHELL.match(line)
            if match is None:
                return line
            found.append(match[2])
            return f"{match[1]}# {match[2]}"

        return "\n".join(quieted(line) for line in source.splitlines()), tuple(found)
    return source, ()


def _alone(node: ast.stmt, tree: ast.Module) -> bool:
    """Whether its lines hold no other statement."""
    mine = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    others = (each for each in tree.body if each is not node)
    return not any(mine & set(range(each.lineno, (each.end_lineno or each.lineno) + 1)) for each in others)


def _outside(source: str) -> list[ast.AST]:
    """Nodes that run with the cell itself."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(ast.Name(node.name, ast.Store()))
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            waiting += ast.iter_child_nodes(node)
    return found


def _what(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]
