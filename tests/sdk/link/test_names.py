"""Which names of the top level code reads and binds, held against Python's own compiler; and what changes objects."""

import ast
import subprocess
import symtable
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from andon_sdk.link.names import Binding, Change, Read, Walker
from andon_sdk.link.names.changes import habits

LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = (
    *("ast", "bdb", "configparser", "contextlib", "dataclasses", "datetime", "enum", "functools", "inspect"),
    *("logging/__init__", "random", "statistics", "threading", "unittest/mock"),
)


def read_by_compiler(table: symtable.SymbolTable) -> set[str]:
    """Names of the top level that are read anywhere."""
    top = table.get_type() == "module"
    found = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced() and (top or symbol.is_global())
    }
    return found.union(*(read_by_compiler(each) for each in table.get_children()))


def written_too(tree: ast.AST) -> set[str]:
    """Names that are read only as they are written: the compiler says written."""
    found = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    deleted = (target for node in ast.walk(tree) if isinstance(node, ast.Delete) for target in node.targets)
    return found | {target.id for target in deleted if isinstance(target, ast.Name)}


@pytest.mark.parametrize("module", MODULES)
def test_names_belong_to_the_scopes_that_the_compiler_says(module):
    source = (LIBRARY / f"{module}.py").read_text("utf-8")
    tree, table = ast.parse(source), symtable.symtable(source, module, "exec")
    events = Walker().walk(tree, set())
    doubtful = written_too(tree)
    assert {event.name for event in events if isinstance(event, Read)} - doubtful == read_by_compiler(table) - doubtful
    bound = {event.name for event in events if isinstance(event, Binding)}
    by_compiler = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    assert bound - doubtful == by_compiler - doubtful


def changes(source: str) -> Iterator[tuple[str, str, str | None]]:
    walker = Walker(habits(ast.parse(source)))
    for event in walker.walk(ast.parse(source), set()):
        if isinstance(event, Change):
            yield event.name, event.how, event.via


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a['x'] = 1", [("a", "['x'] =", None)]),
        ("a.b.c = 1", [("a", ".c =", None)]),
        ("a.loc[m, 'x'] += 1", [("a", "[(m, 'x')] =", None)]),
        ("a, b[0] = 1, 2", [("b", "[0] =", None)]),
        ("for a[0] in x: pass", [("a", "[0] =", None)]),
        ("with x as a.b: pass", [("a", ".b =", None)]),
        ("del a[0]", [("a", "del a[0]", None)]),
        ("a += [1]", [("a", "+=", None)]),
        ("a.append(1)", [("a", ".append()", None)]),
        ("a['x'].append(1)", [("a", ".append()", None)]),
        ("a.fillna(0, inplace=True)", [("a", ".fillna(inplace=True)", None)]),
        ("a.fillna(0)", []),
        ("a.sort()", [("a", ".sort()", None)]),
        ("a.sort('time')", []),
        ("a.sort(by='time')", []),
        ("sorted(a)", []),
        ("a.copy().append(1)", []),
        ("a.zero_()", [("a", ".zero_()", None)]),
        ("a.__len__()", []),
        ("np.random.shuffle(a)", [("a", "np.random.shuffle()", None)]),
        ("nn.init.zeros_(a.bias)", [("a", "nn.init.zeros_()", None)]),
        ("b = a\nb.append(1)", [("b", ".append()", None), ("a", ".append()", "b")]),
        ("b = a\nc = b\na.append(1)", [("a", ".append()", None), ("b", ".append()", "a"), ("c", ".append()", "a")]),
        ("b = a\nb = 1\nb.append(1)", [("b", ".append()", None)]),
        ("b = a\na = 1\na.append(1)", [("a", ".append()", None)]),
        ("a = b = []\na.append(1)", [("a", ".append()", None), ("b", ".append()", "a")]),
        ("a = b = 1\na += 1", [("a", "+=", None)]),
        ("b = a\nb += 1", [("b", "+=", None), ("a", "+=", "b")]),
        ("b = c, d\nb.append(1)", [("b", ".append()", None)]),
        ("b, c = a, 1\nb.append(1)", [("b", ".append()", None), ("a", ".append()", "b")]),
        ("def f(x, y): y[0] = x\nf(a, b)", [("b", "f()", None)]),
        ("def f(x):\n    x = list(x)\n    x.append(1)\nf(a)", []),
        ("def f(x, y): return y\nb = f(1, a)\nb.pop()", [("b", ".pop()", None), ("a", ".pop()", "b")]),
        ("def f(x): return x.copy()\nb = f(a)\nb.pop()", [("b", ".pop()", None)]),
        ("def f():\n    a.append(1)", [("a", ".append()", None)]),
        ("def f(a): a.append(1)", []),
        ("[x.append(1) for x in a]", []),
    ],
)
def test_what_changes_objects(source, found):
    assert list(changes(source)) == found


def test_nothing_is_needed_to_check_a_notebook():
    """A machine that only checks has Python and the SDK's base."""
    code = (
        "import sys, andon_sdk.link.findings, andon_sdk.link.reading, andon_sdk.command\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    ours = {"andon_sdk", "__main__", "_distutils_hack", "distutils-precedence", "sitecustomize", "usercustomize"}
    assert {name for name in ast.literal_eval(done.stdout) if not name.startswith("__editable__")} - ours == set()
