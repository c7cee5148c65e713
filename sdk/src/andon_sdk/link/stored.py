"""The notebook's own metrics: what its file keeps of the last time that its cell of metrics ran."""

import ast
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from andon_sdk.link.contracts import Analysis, Form

MIME = "application/vnd.andon.metrics+json"
"""Written by `%load_ext andon_sdk.link` whenever a cell of metrics has run: all its numbers, with all their digits."""
_WRAPPERS = {"float16", "float32", "float64", "int32", "int64", "bool", "bool_", "float", "tensor", "array"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A metric as the notebook shows it."""

    value: float
    slack: float = 0.0
    """Half of the last digit that is shown, where that is not all there are."""


def stored(analysis: Analysis) -> dict[str, Stored]:
    """Metrics by name; none where the cell has not run, or shows nothing that says which number is which."""
    metrics, notebook = analysis.graph.metrics, analysis.notebook
    if metrics is None or notebook.form is not Form.JUPYTER:
        return {}
    cells = json.loads(notebook.path.read_text("utf-8")).get("cells", [])
    found: dict[str, Stored] = {}
    for number in metrics.cells:
        if number > len(cells):
            continue
        source = next(cell.source for cell in notebook.cells if cell.number == number)
        for output in cells[number - 1].get("outputs", []):
            found |= _shown(output, source, metrics.gives)
    return found


def _shown(output: dict[str, Any], source: str, names: tuple[str, ...]) -> dict[str, Stored]:
    data = output.get("data", {})
    if MIME in data:
        return {name: Stored(float(value)) for name, value in data[MIME].items() if name in names}
    if output.get("output_type") != "execute_result":
        return {}
    text = data.get("text/plain", "")
    return read("".join(text) if isinstance(text, list) else str(text), source, names)


def read(text: str, source: str, names: tuple[str, ...]) -> dict[str, Stored]:
    """What a cell's last expression was shown as: `0.93`, `(0.93, 12)`, or `{'auc': 0.93}`."""
    try:
        shown, last = ast.parse(text.strip(), mode="eval").body, ast.parse(source).body[-1]
    except (SyntaxError, IndexError, ValueError):  # a table, a picture's name, a magic: no numbers of ours
        return {}
    if not isinstance(last, ast.Expr):
        return {}
    pairs: list[tuple[Any, ast.expr]] = []
    if isinstance(shown, ast.Dict):
        pairs = [(key.value, value) for key, value in zip(shown.keys, shown.values, strict=True)
                 if isinstance(key, ast.Constant)]  # fmt: skip
    elif isinstance(last.value, ast.Name):
        pairs = [(last.value.id, shown)]
    elif isinstance(last.value, ast.Tuple | ast.List) and isinstance(shown, ast.Tuple | ast.List):
        asked = [each.id if isinstance(each, ast.Name) else None for each in last.value.elts]
        pairs = list(zip(asked, shown.elts, strict=True)) if len(asked) == len(shown.elts) else []
    numbers = {name: _number(value, text.strip()) for name, value in pairs if name in names}
    return {name: value for name, value in numbers.items() if value is not None}


def _number(node: ast.expr, text: str) -> Stored | None:
    if isinstance(node, ast.Call) and node.args:
        word = ast.unparse(node.func).rpartition(".")[2]
        inner = _number(node.args[0], text) if word in _WRAPPERS else None
        if inner is not None and word == "tensor":
            return Stored(inner.value, _half_digit(ast.get_source_segment(text, node.args[0]) or ""))
        return inner
    if isinstance(node, ast.Name) and node.id in {"nan", "inf"}:
        return Stored(float(node.id))
    sign = -1.0 if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else 1.0
    plain = node.operand if isinstance(node, ast.UnaryOp) else node
    if isinstance(plain, ast.Name) and plain.id in {"nan", "inf"}:
        return Stored(sign * float(plain.id))
    if isinstance(plain, ast.Constant) and isinstance(plain.value, int | float):
        return Stored(sign * float(plain.value))
    return None


def _half_digit(text: str) -> float:
    try:
        exponent = Decimal(text.rstrip(".")).as_tuple().exponent
    except InvalidOperation:
        return 0.0
    return 0.5 * 10.0 ** int(exponent) if isinstance(exponent, int) and "." in text else 0.0
