"""What a notebook needs beside itself: packages, modules in its folder, commands of a shell."""

import ast
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding, Role, Severity
from andon_sdk.link.packages import declared, distribution, imports, is_declared
from andon_sdk.link.seen import Seen, error, warning

MISSING = error("missing-package", "The pipeline runs in the environment that is recorded here, and it is not in it.")
LOCAL = error("local-module", "A package holds the notebook's own code, and no file beside it.")
INSTALLS = warning(
    "installs-packages", "The pipeline's environment is recorded and compared; nothing is installed in a run."
)
SHELL = warning("shell-command", "It is left out of the pipeline, which has no shell.")
LANGUAGE = error("other-language", "A step becomes a function of Python.")

_INSTALL = re.compile(
    r"[%!]+\s*(?:\S*python\S*\s+-m\s+)?(?:uv\s+)?(?:pip3?|conda|mamba|poetry)\s+(?:install|add)\b|[%!]\s*uv\s+add\b"
)
_OUR_OWN = {"andon_sdk"}


def installed(seen: Seen) -> Iterator[Finding]:
    dependencies = declared([text.cell.source for text in seen.links.texts])
    folder = seen.notebook.path.parent
    for text in seen.told:
        optional = _optional(text.tree)
        for name, line, node in imports(text.tree):
            top = name.partition(".")[0]
            if name.startswith(".") or (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file():
                what = f"`{name}` in {seen.where(text.cell.number)} is a module beside the notebook."
                fix = "Put its functions into a cell tagged imports, or make it a package and install it."
                yield LOCAL.at(text.cell.number, line, what, fix)
            elif (
                node not in optional
                and top not in _OUR_OWN
                and not (seen.packages.has(top) or is_declared(top, dependencies))
            ):
                what = f"`{top}` is imported in {seen.where(text.cell.number)} and not installed."
                yield MISSING.at(text.cell.number, line, what, f"Install it: pip install {distribution(top)}.")
    yield from _magics(seen)
    yield from _by_calls(seen)


def _optional(tree: ast.AST) -> set[ast.AST]:
    """Imports that may fail: the notebook says what it does then."""
    return {
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and any(
            handler.type is None
            or any(word in ast.unparse(handler.type) for word in ("ImportError", "NotFound", "Exception"))
            for handler in node.handlers
        )
        for each in ast.walk(node)
        if isinstance(each, ast.Import | ast.ImportFrom)
    }


def _magics(seen: Seen) -> Iterator[Finding]:
    for text in seen.links.texts:
        cell = text.cell.number
        for magic in text.plain.magics:
            if _INSTALL.match(magic.said):
                what = f"Cell {cell} installs packages: `{magic.said[:60]}`."
                yield INSTALLS.at(cell, magic.line, what, "Install them once, outside the notebook, and record that.")
            elif text.cell.role is Role.SKIP:
                continue
            elif magic.whole:
                what = f"Cell {cell} is not Python: `{magic.said[:60]}`."
                yield LANGUAGE.at(cell, magic.line, what, "Write it in Python, or tag the cell skip.")
            elif magic.said.startswith("!") or magic.kept:
                what = f"`{magic.said[:60]}` in {seen.where(cell)} asks a shell."
                worse = Severity.ERROR if magic.kept else None
                yield SHELL.at(cell, magic.line, what, "Do it in Python, or in a cell tagged skip.", worse)


def _by_calls(seen: Seen) -> Iterator[Finding]:
    for cell, call in seen.calls():
        name = seen.dotted(call.func)
        if name in {"os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call",
                    "subprocess.check_output", "subprocess.Popen"}:  # fmt: skip
            said = " ".join(ast.unparse(each) for each in call.args)
            if re.search(r"pip|conda", said) and "install" in said:
                what = f"`{name}` in {seen.where(cell)} installs packages."
                yield INSTALLS.at(cell, call.lineno, what, "Install them once, outside the notebook, and record that.")
            else:
                what = f"`{name}` in {seen.where(cell)} starts another program."
                fix = "Do it in Python: the box that runs the pipeline may not have it."
                yield SHELL.at(cell, call.lineno, what, fix)
