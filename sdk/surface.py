"""What andon-sdk promises to partners, as text: `python sdk/surface.py` writes `sdk/surface.txt` anew.

Read from the sources without importing them, so that it is the same with every Python and whatever is installed.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SDK = Path(__file__).resolve().parent
MODULES = (
    "andon_sdk.plugin",
    "andon_sdk.plugin.boosting",
    "andon_sdk.plugin.components",
    "andon_sdk.plugin.dense",
    "andon_sdk.plugin.forecast",
    "andon_sdk.plugin.hooks",
    "andon_sdk.plugin.loading",
    "andon_sdk.plugin.temporal",
    "andon_sdk.link.marks",
    "andon_sdk.connector",
    "andon_sdk.client",
    "andon_sdk.package",
    "andon_sdk.testing",
)
"""Everything else may change in any release."""
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


def surface() -> str:
    """Public names of the public modules, with fields and signatures."""
    lines: list[str] = []
    for module in MODULES:
        lines += ["", f"[{module}]"]
        for name in _names(module):
            lines += _described(*_found(module, name))
    return "\n".join(lines[1:]) + "\n"


@cache
def _tree(module: str) -> ast.Module:
    path = SDK / "src" / Path(*module.split("."))
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8"))


def _names(module: str) -> list[str]:
    """`__all__`, or where there is none what is defined there without an underscore."""
    tree = _tree(module)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return sorted(ast.literal_eval(node.value))
    return sorted(name for node in tree.body for name in _defined(node) if not name.startswith("_"))


def _found(module: str, name: str) -> tuple[str, Definition | None]:
    """The name and where it is defined, through imports from one module of the SDK to another."""
    for node in _tree(module).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("andon_sdk"):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return name, _found(node.module, alias.name)[1]
        if isinstance(node, Definition) and name in _defined(node):
            return name, node
    return name, None


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    if isinstance(node, ast.Assign):
        targets = [
            each for target in node.targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
        return [ast.unparse(target) for target in targets]
    return []


def _described(name: str, node: Definition | None) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        yield f"class {name}({bases})" if bases else f"class {name}"
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                if each.name == "__init__" or not each.name.startswith("_"):
                    yield f"    {_signature(each)}"
            elif isinstance(each, ast.AnnAssign | ast.Assign) and not _defined(each)[0].startswith("_"):
                yield f"    {ast.unparse(each)}"
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield _signature(node)
    else:
        yield name


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    is_property = any(ast.unparse(each).endswith("property") for each in node.decorator_list)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{node.name}{returns}" if is_property else f"{word} {node.name}({ast.unparse(node.args)}){returns}"


if __name__ == "__main__":
    (SDK / "surface.txt").write_text(surface(), "utf-8")
