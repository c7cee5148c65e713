"""Rooms stay small, and services are of one shape and use each other through their doors."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
OPEN_ROOMS = {"api", "contracts", "errors"}
SHARED_ROOMS = {
    "enclaves": {"platform", "jobs", "box", "provisioner"},
    "readings": {"history", "door"},
    "datasets": {"reader", "slices"},
    "blueprints": {"environment", "host", "parameters"},
    "plugins": {"digest"},
    "monitoring": {"model"},
}
"""Made for others: what the platform holds, the ports to who makes enclaves, reading the history, looking at bodies,
reading a snapshot, hosting plugins in a cluster and naming what it is made of, the alarm rule on arrays."""
OPEN_TO_ALL = {"kernel", "fleet"}

MODULES = {
    path: ast.parse(path.read_text())
    for folder in ("services", "gateway", "infra", "sdk/src", "plugins")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"node_modules", "versions", "tests", "typed"} & set(path.relative_to(ROOT).parts)
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.Module) -> Iterator[list[str]]:
    """Dotted names a module imports, in parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield [*node.module.split("."), alias.name]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)


def test_there_is_something_to_judge():
    assert len(MODULES) > 200


def test_modules_fit_their_rooms():
    lengths = {name(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_functions_can_be_read_at_once():
    long = {
        f"{name(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }
    assert long == {}


def test_modules_begin_with_what_they_are_for():
    assert [name(path) for path, tree in MODULES.items() if not ast.get_docstring(tree)] == []


def test_services_have_one_door_and_say_what_they_own():
    services = [path.parent for path in MODULES if path.parent.parent == SERVICES and path.name == "contracts.py"]
    assert len(services) == 29
    for folder in services:
        assert folder / "api.py" in MODULES or folder / "api" / "__init__.py" in MODULES, folder.name
        assert len(ast.get_docstring(MODULES[folder / "__init__.py"]) or "") > 100, folder.name


def test_services_use_each_other_through_the_door():
    strangers = [
        f"{name(path)}: {'.'.join(parts)}"
        for path, tree in MODULES.items()
        if SERVICES in path.parents
        for parts in imported(tree)
        if parts[0] == "services"
        and len(parts) > 2
        and parts[1] not in OPEN_TO_ALL | {path.relative_to(SERVICES).parts[0]}
        and parts[2] not in OPEN_ROOMS | SHARED_ROOMS.get(parts[1], set())
    ]
    assert strangers == []
