"""What IPython adds to Python taken out of a cell: `%magic`, `!command`, `name?`. Lines keep their numbers."""

import ast
import re
import warnings
from dataclasses import dataclass

_LINE = re.compile(r"(?P<space>\s*)(?P<said>[%!?].*|[\w.]+\?{1,2}\s*)")
_VALUE = re.compile(r"(?P<target>\s*[\w., ]+=)\s*(?P<said>[%!].*)")
_TIMED = re.compile(r"(?P<space>\s*)%time\s+(?P<code>\S.*)")
_CELL = re.compile(r"\s*(?P<said>%%(?P<name>\w+).*)")
_PYTHON = {"step", "time", "timeit", "capture", "prun", "memit"}
"""Magics whose cell is Python all the same."""
_MOST, _LONGEST = 500, 2000
"""Magics of a cell, and characters of a line that is one."""
_DEEPEST = 150
"""Levels of code in code. What reads it goes down by itself, and Python lets it go down so far."""


@dataclass(frozen=True, slots=True)
class Magic:
    """One line of it."""

    line: int
    said: str
    kept: str = ""
    """`files =`, where its answer is given a name."""
    whole: bool = False
    """Whether the cell is another language from here on."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A cell's text as Python."""

    source: str
    """As many lines as the cell has; magics stand in comments."""
    tree: ast.Module
    magics: tuple[Magic, ...] = ()
    error: SyntaxError | None = None
    """Why it is not Python: then the tree is empty."""


def plain(source: str) -> Plain:
    """Never raises."""
    lines = source.split("\n")
    magics: list[Magic] = []
    first = next((at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None)
    if first is not None and (head := _CELL.match(lines[first])):
        whole = head["name"] not in _PYTHON
        magics.append(Magic(first + 1, head["said"], whole=whole))
        for at in range(first, len(lines) if whole else first + 1):
            lines[at] = f"# {lines[at]}" if lines[at] else ""
    while True:
        text = "\n".join(lines)
        try:
            tree = parsed(text)
            if _depth(tree) > _DEEPEST:
                raise RecursionError
            return Plain(text, tree, tuple(magics))
        except SyntaxError as error:
            if len(magics) >= _MOST or not _taken_out(lines, error.lineno, magics):
                return Plain(text, ast.Module([], []), tuple(magics), error)
        except (ValueError, RecursionError, MemoryError) as error:
            told = "it is nested too deep" if isinstance(error, RecursionError | MemoryError) else str(error)
            return Plain(text, ast.Module([], []), tuple(magics), SyntaxError(told))


def parsed(text: str) -> ast.Module:
    """As `ast.parse`, and silent about escapes in texts, which are not ours to tell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _depth(tree: ast.AST) -> int:
    level: list[ast.AST] = [tree]
    depth = 0
    while level and depth <= _DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _taken_out(lines: list[str], number: int | None, magics: list[Magic]) -> bool:
    """Whether the line where Python stopped was a magic, and is a comment now."""
    if number is None or not 0 < number <= len(lines):
        return False
    at = number - 1
    if len(lines[at]) > _LONGEST:
        return False
    if found := _TIMED.fullmatch(lines[at]):
        magics.append(Magic(number, lines[at].strip()))
        lines[at] = f"{found['space']}{found['code']}  # %time"
        return True
    if found := _LINE.fullmatch(lines[at]):
        magics.append(Magic(number, found["said"].strip()))
        said = lines[at].strip()
        lines[at] = f"{found['space']}pass  # {said}" if found["space"] else f"# {said}"
        while said.endswith("\\") and at + 1 < len(lines):
            at += 1
            said = lines[at].strip()
            lines[at] = f"# {lines[at]}"
        return True
    if found := _VALUE.fullmatch(lines[at]):
        magics.append(Magic(number, found["said"].strip(), kept=found["target"].strip()))
        lines[at] = f"{found['target']} None  # {found['said']}"
        return True
    return False
