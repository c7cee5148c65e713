"""Functions and classes: those of libraries by their names, those of the notebook from the step that defines them."""

import ast
import functools
import importlib
import json
import sys
from types import CellType, FunctionType, ModuleType
from typing import Any

from andon_sdk.link.handover.nodes import Damaged, HandoverRefused, Kind, Node, Reader, Writer, told_type


def _named(value: Any) -> tuple[str, str] | None:
    """Module and name under which a library has it."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", getattr(value, "__name__", None))
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    try:
        found = functools.reduce(getattr, name.split("."), sys.modules[module])
    except (AttributeError, KeyError):
        return None
    return (module, name) if found is value else None


def _is_code(value: Any) -> bool:
    return isinstance(value, type | FunctionType) or (callable(value) and _named(value) is not None)


def _code_node(value: Any, writer: Writer, where: str) -> Node:
    known = writer.origin.known.get(id(value))
    if known is not None:
        return known[1]
    name = getattr(value, "__name__", "")
    if writer.origin.namespace.get(name) is value:
        return {"of": "global", "name": name}
    library = _named(value)
    if library is not None:
        return {"of": "library", "module": library[0], "name": library[1]}
    if isinstance(value, FunctionType):
        return _function_node(value, writer, where)
    if isinstance(value, type):
        return _class_node(value, writer, where)
    raise HandoverRefused(where, told_type(value), "give the function it is made of, and its arguments beside it.")


def _function_node(value: FunctionType, writer: Writer, where: str) -> Node:
    place: Node = _place(value, writer)
    if not place:
        fix = "its code is in no step: define it with def in a cell, without exec."
        raise HandoverRefused(where, told_type(value), fix)
    closed: Node = {}
    for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
        try:
            closed[name] = writer.node(cell.cell_contents, f"{name}, which {where} uses")
        except ValueError:  # a name that was never bound stays so
            closed[name] = None
    return {
        "of": "function",
        **place,
        "closed": closed,
        "defaults": writer.node(value.__defaults__, f"a default of {where}"),
        "named": writer.node(value.__kwdefaults__, f"a default of {where}"),
    }


def _place(value: FunctionType, writer: Writer) -> Node:
    """Where its code is: in a step, or in an installed module where a function made it. Empty if nowhere."""
    step = writer.origin.place(value.__code__)
    if step is not None:
        return {"step": step[0], "path": list(step[1])}
    module = value.__module__
    if module not in sys.modules or module in {"__main__", "pipeline"}:
        return {}
    path = writer.origin.in_library(value.__code__, module)
    return {} if path is None else {"module": module, "path": list(path)}


def _class_node(value: type, writer: Writer, where: str) -> Node:
    origin = writer.origin
    definition = origin.definition(origin.step, value.__name__) if origin.step in origin.trees else None
    if definition is None or origin.bound.get(value.__name__) is not value:
        fix = "define it once, at the top of a step's cell, and not inside of a function."
        raise HandoverRefused(where, told_type(value), fix)
    names = {each.id for each in ast.walk(definition) if isinstance(each, ast.Name)}
    uses = sorted(name for name in names if name in origin.bound and name != value.__name__)
    node: Node = {"of": "class", "step": origin.step, "name": value.__name__}
    return {**node, "uses": {name: writer.node(origin.bound[name], f"{name}, which {where} uses") for name in uses}}


def _code(node: Node, reader: Reader) -> Any:
    key = json.dumps(node, sort_keys=True)
    alone = '"kind": "again"' not in key  # what refers to what holds it means something only there
    if alone and key in reader.made:
        return reader.made[key]
    try:
        value = _found(node, reader)
    except (LookupError, AttributeError, ImportError, TypeError) as error:
        raise Damaged(f"Code that is told of is not there: {error}.") from error
    if alone:
        reader.made[key] = value
    if alone and node["of"] in {"function", "class"}:
        reader.origin.known[id(value)] = (value, node)
    return value


def _found(node: Node, reader: Reader) -> Any:
    if node["of"] == "global":
        return reader.origin.namespace[node["name"]]
    if node["of"] == "library":
        found = functools.reduce(getattr, node["name"].split("."), importlib.import_module(node["module"]))
        if isinstance(found, ModuleType) or not callable(found):
            raise LookupError(node["name"])
        return found
    if node["of"] == "function":
        return _function(node, reader)
    return _class(node, reader)


def _function(node: Node, reader: Reader) -> FunctionType:
    path, names = tuple(node["path"]), reader.origin.namespace
    if "module" in node:
        names = vars(importlib.import_module(node["module"]))
        code = reader.origin.from_library(node["module"], path)
    else:
        code = reader.origin.found(node["step"], path)
    cells = {name: CellType() for name in code.co_freevars}
    function = FunctionType(code, names, code.co_name, None, tuple(cells.values()) or None)
    if "place" in node:
        reader.open[node["place"]] = function
    for name, cell in cells.items():
        if node["closed"][name] is not None:
            cell.cell_contents = reader.value(node["closed"][name])
    function.__defaults__ = reader.value(node["defaults"])
    function.__kwdefaults__ = reader.value(node["named"])
    return function


def _class(node: Node, reader: Reader) -> type:
    """The statement of the class once more, in a function whose arguments are the names it uses."""
    origin = reader.origin
    definition = origin.definition(node["step"], node["name"])
    if definition is None:
        raise LookupError(node["name"])
    shell = ast.parse(f"def make({', '.join(node['uses'])}):\n    return {node['name']}")
    [function] = shell.body
    assert isinstance(function, ast.FunctionDef)
    function.body.insert(0, definition)
    scope: dict[str, Any] = {}
    code = compile(ast.fix_missing_locations(shell), "pipeline.py", "exec", dont_inherit=True)
    exec(code, origin.namespace, scope)  # noqa: S102 - the notebook's own class, from its step
    make = scope["make"]
    make.__name__ = node["step"]
    return make(**{name: reader.value(each) for name, each in node["uses"].items()})


def _partial_node(value: Any, writer: Writer, where: str) -> Node:
    return {
        "function": writer.node(value.func, f"the function of {where}"),
        "arguments": writer.node(value.args, f"an argument of {where}"),
        "named": writer.node(value.keywords, f"an argument of {where}"),
    }


def _partial(node: Node, reader: Reader) -> Any:
    function, arguments, named = (reader.value(node[name]) for name in ("function", "arguments", "named"))
    return functools.partial(function, *arguments, **named)


KINDS = (
    Kind(
        "library",
        lambda value: isinstance(value, ModuleType),
        lambda value, *_: {"name": value.__name__},
        lambda node, _: importlib.import_module(node["name"]),
    ),
    Kind("partial", lambda value: type(value) is functools.partial, _partial_node, _partial),
    Kind("code", _is_code, _code_node, _code),
)
