"""What changes an object in place, as far as its code says: assignments to parts of it, methods known to, arguments."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

AUGMENTING: dict[type[ast.operator], str] = {
    ast.Add: "+=",
    ast.Sub: "-=",
    ast.Mult: "*=",
    ast.MatMult: "@=",
    ast.Div: "/=",
    ast.Mod: "%=",
    ast.Pow: "**=",
    ast.LShift: "<<=",
    ast.RShift: ">>=",
    ast.BitOr: "|=",
    ast.BitXor: "^=",
    ast.BitAnd: "&=",
    ast.FloorDiv: "//=",
}
AUGMENTED = frozenset(AUGMENTING.values())
"""In place for lists, frames and arrays; another object for numbers and texts."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS = (
    # list, deque, bytearray
    _words("append appendleft extend extendleft insert remove pop popleft clear sort reverse rotate")
    # set, dict
    | _words("add discard update setdefault popitem difference_update intersection_update symmetric_difference_update")
    # numpy, pandas, polars
    | _words("fill itemset put partition setflags set_flags insert_column replace_column drop_in_place")
    # scikit-learn, LightGBM, XGBoost: the estimator learns
    | _words("fit partial_fit fit_transform fit_predict set_params")
    # torch: modules and optimizers
    | _words("load_state_dict zero_grad requires_grad_ add_module register_buffer register_module")
)
FIRST_ARGUMENT = _words(
    "random.shuffle np.random.shuffle numpy.random.shuffle heapq.heappush heapq.heappop heapq.heapify bisect.insort "
    "bisect.insort_left bisect.insort_right np.put np.place np.copyto np.fill_diagonal setattr delattr"
)


def root(node: ast.expr) -> str | None:
    """`df` of `df["x"]`, `df.loc[a].b`: the name whose object the rest is a part of."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def changed_by_target(target: ast.expr) -> str:
    """How, in people's words, when something is assigned to this part."""
    if isinstance(target, ast.Subscript):
        return f"[{_short(target.slice)}] ="
    return f".{target.attr} =" if isinstance(target, ast.Attribute) else ""


def changed_by_call(call: ast.Call, known: Mapping[str, "Habits"]) -> Iterator[tuple[str, str]]:
    """Names whose objects it changes, and how. `known` are functions of the notebook."""
    function = call.func
    said = ast.unparse(function) if isinstance(function, ast.Attribute | ast.Name) else ""
    if isinstance(function, ast.Attribute) and not _initialises(said) and (name := root(function.value)):
        method = function.attr
        inplace = any(each.arg == "inplace" and _true(each.value) for each in call.keywords)
        if inplace or _changes(method, call):
            yield name, f".{method}({'inplace=True' if inplace else ''})"
    places = {0} if said in FIRST_ARGUMENT or _initialises(said) else known.get(said, Habits()).changes
    for place in sorted(places):
        if place < len(call.args) and (name := root(call.args[place])):
            yield name, f"{said}()"


def _changes(method: str, call: ast.Call) -> bool:
    """Methods that end in `_` are torch's own way to say so."""
    if method.endswith("_") and not method.endswith("__"):
        return True
    if method == "sort":
        return not call.args and not any(each.arg in {"by", "descending"} for each in call.keywords)  # as of polars
    if method in {"remove", "insert", "append", "add", "update", "put"}:
        return bool(call.args or call.keywords)
    return method in METHODS


def _initialises(said: str) -> bool:
    return ".init." in f".{said}" and said.endswith("_")


def _true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _short(node: ast.expr) -> str:
    said = ast.unparse(node).replace("\n", " ")
    return said if len(said) <= 40 else f"{said[:37]}…"


def same_object(value: ast.expr | None, known: Mapping[str, "Habits"]) -> str | None:
    """The name whose object this is, and not a part or a copy of it."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        for place in known.get(value.func.id, Habits()).returns:
            if place < len(value.args) and isinstance(given := value.args[place], ast.Name):
                return given.id
    return None


@dataclass(frozen=True, slots=True)
class Habits:
    """What a function of the notebook does to the arguments at these places."""

    changes: frozenset[int] = frozenset()
    """In place."""
    returns: frozenset[int] = frozenset()
    """As they are: `b = f(a)` may be one object with two names."""

    def __or__(self, other: "Habits") -> "Habits":
        """Of two functions of one name, where nobody says which is meant."""
        return Habits(self.changes | other.changes, self.returns | other.returns)


def habits(tree: ast.Module) -> dict[str, Habits]:
    """Of the functions that are defined at the top of this cell, by name."""
    return {node.name: _habits(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


def _habits(node: ast.FunctionDef) -> Habits:
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    augmented = {id(each.target) for each in ast.walk(node) if isinstance(each, ast.AugAssign)}
    rebound = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and id(each) not in augmented
    }
    changed = {name for each in ast.walk(node) for name in _changed_here(each)} - rebound
    returned = {
        each.value.id
        for each in ast.walk(node)
        if isinstance(each, ast.Return) and isinstance(each.value, ast.Name) and each.value.id not in rebound
    }
    return Habits(
        frozenset(place for place, name in enumerate(names) if name in changed),
        frozenset(place for place, name in enumerate(names) if name in returned),
    )


def _changed_here(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        if name := root(node):
            yield name
    elif isinstance(node, ast.Call):
        yield from (name for name, _ in changed_by_call(node, {}))
