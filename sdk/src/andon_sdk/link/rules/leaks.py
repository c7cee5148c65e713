"""Rows of the future that help to judge those before them: what a model can do in a notebook and not at a machine."""

import ast
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.seen import Seen, is_constant, keyword, warning

SHUFFLED = warning(
    "leak-shuffled-split",
    "Rows beside each other in time are alike, so the model is judged on what it has nearly seen.",
)
BEFORE = warning("leak-fit-before-split", "It has seen the rows that the model is judged on.")
AHEAD = warning("leak-looks-ahead", "At a machine the rows after this one are not there yet.")

_SCALING = re.compile(r"sklearn\.(preprocessing|decomposition|impute|feature_selection)\.[A-Z]\w+$")
_LEARNS_NOTHING = re.compile(
    r".*\.(?:PolynomialFeatures|FunctionTransformer|Binarizer|Normalizer|Label\w+|OneHotEncoder)"
)
_TRAIN = re.compile(r"(?i)train|fit_|calib|reference|healthy|normal|past|history")
_SPLIT = re.compile(r"(?i)(^|_)train($|_)|_train|train_")
_TARGET = re.compile(r"(?i)target|label|(^|_)y($|_)|next|ahead|future|goal|rul|horizon|remaining|actual")
_STATISTICS = {"mean", "median", "std", "min", "max", "mode", "quantile"}


def leaks(seen: Seen) -> Iterator[Finding]:
    split = _split(seen)
    targets = _targets(seen)
    for cell, call in seen.calls():
        yield from _shuffled(cell, call, seen)
        yield from _ahead(cell, call, targets, seen)
        if split is not None and (cell, call.lineno) < split:
            yield from _before(cell, call, seen)


def _shuffled(cell: int, call: ast.Call, seen: Seen) -> Iterator[Finding]:
    name = seen.dotted(call.func)
    last = name.rpartition(".")[2]
    fix = "Cut in time: shuffle=False, TimeSeriesSplit, or rows before and after a moment."
    if (
        (last == "train_test_split" and not is_constant(keyword(call, "shuffle"), False))
        or last in {"ShuffleSplit", "StratifiedShuffleSplit", "RepeatedKFold"}
        or (last in {"KFold", "StratifiedKFold"} and is_constant(keyword(call, "shuffle"), True))
    ):
        yield SHUFFLED.at(cell, call.lineno, f"`{last}` mixes rows of all times.", fix)
    elif last == "sample" or (isinstance(call.func, ast.Attribute) and call.func.attr == "sample"):
        share = keyword(call, "frac") or keyword(call, "fraction")
        if isinstance(share, ast.Constant) and share.value == 1:
            yield SHUFFLED.at(cell, call.lineno, "`.sample()` of all rows mixes their times.", fix)


def _ahead(cell: int, call: ast.Call, targets: set[ast.Call], seen: Seen) -> Iterator[Finding]:
    if not isinstance(call.func, ast.Attribute) or call in targets:
        return
    method = call.func.attr
    what = None
    if method == "shift" and any(
        _negative(each) for each in (*call.args[:1], keyword(call, "n"), keyword(call, "periods"))
    ):
        what = f"`.shift({ast.unparse(call.args[0] if call.args else call.keywords[0].value)})` brings later rows up."
    elif method.startswith("rolling") and is_constant(keyword(call, "center"), True):
        what = f"`.{method}(center=True)` uses rows after the one it is for."
    elif method in {"bfill", "backfill", "backward_fill"} or (
        method in {"fillna", "fill_null", "interpolate"}
        and any(
            is_constant(each.value, word)
            for each in call.keywords
            for word in ("bfill", "backfill", "backward", "both")
            if each.arg in {"method", "strategy", "limit_direction"}
        )
    ):
        what = f"`.{method}()` fills gaps with later values."
    if what:
        fix = "Look back only: shift(n), rolling without center, ffill. Name a target so: `y`, `target`, `label`."
        yield AHEAD.at(cell, call.lineno, what, fix)


def _negative(node: ast.expr | None) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _targets(seen: Seen) -> set[ast.Call]:
    """Calls that make what a forecast is to say: there, looking ahead is meant."""
    found: set[ast.Call] = set()
    for text in seen.told:
        for node in ast.walk(text.tree):
            named: list[str] = []
            if isinstance(node, ast.Assign):
                named = [ast.unparse(target) for target in node.targets]
            elif isinstance(node, ast.keyword) and node.arg:
                named = [node.arg]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "alias":
                named = [ast.unparse(each) for each in node.args]
            elif isinstance(node, ast.Return):
                named = [""]
            words = (word for name in named for word in re.split(r"[^A-Za-z0-9_]+", name))
            if any(_TARGET.search(word) for word in words):
                found |= {each for each in ast.walk(node) if isinstance(each, ast.Call)}
    return found


def _split(seen: Seen) -> tuple[int, int] | None:
    """Cell and line where rows are first parted into those to train on and others."""
    for text in seen.told:
        for node in ast.walk(text.tree):
            if isinstance(node, ast.Assign):
                names = {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
                if any(_SPLIT.search(name) for name in names) and not isinstance(node.value, ast.Constant):
                    return text.cell.number, node.lineno
    return None


def _before(cell: int, call: ast.Call, seen: Seen) -> Iterator[Finding]:
    if not isinstance(call.func, ast.Attribute):
        return
    method, given = call.func.attr, call.args[0] if call.args else None
    fix = "Part the rows first, and compute this from those to train on."
    if method in {"fit", "fit_transform"} and given is not None and not _TRAIN.search(ast.unparse(given)):
        made = _made(call.func.value, seen)
        if _SCALING.match(made) and not _LEARNS_NOTHING.fullmatch(made):
            what = f"`{made.rpartition('.')[2]}.{method}` sees all rows before they are parted."
            yield BEFORE.at(cell, call.lineno, what, fix)
    elif method in {"fillna", "fill_null"} and given is not None:
        statistic = next(
            (
                each.func.attr
                for each in ast.walk(given)
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _STATISTICS
            ),
            None,
        )
        if statistic and not _TRAIN.search(ast.unparse(given)):
            what = f"`.{method}()` with the {statistic} of all rows, before they are parted."
            yield BEFORE.at(cell, call.lineno, what, fix)


def _made(node: ast.expr, seen: Seen) -> str:
    """The class of `scaler` where a cell says `scaler = StandardScaler()`; dotted."""
    if isinstance(node, ast.Call):
        return seen.dotted(node.func)
    if isinstance(node, ast.Name):
        for unit in seen.links.units:
            if node.id in unit.bound and isinstance(value := unit.bound[node.id][0].value, ast.Call):
                return seen.dotted(value.func)
    return ""
