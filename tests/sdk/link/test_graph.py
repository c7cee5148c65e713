"""What steps take and give, from their code alone."""

from pathlib import Path

import pytest

from andon_sdk.link.contracts import Graph, LinkParameter, Step
from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import parse


def graph(text: str) -> Graph:
    return analyse(parse(text, Path("n.py"))).graph


def steps(**sources: str) -> Graph:
    """Of a notebook with these steps; `metrics` is the cell of metrics."""
    tags = {name: name if name in {"imports", "parameters", "metrics"} else f"step:{name}" for name in sources}
    return graph("\n".join(f'# %% tags=["{tags[name]}"]\n{source}' for name, source in sources.items()))


def between(found: Graph) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {step.name: (step.takes, step.gives) for step in (*found.steps, *([found.metrics] if found.metrics else []))}


WHOLE = """\
# %% tags=["imports"]
import numpy as np

# %% tags=["parameters"]
epochs: Annotated[int, Range(1, 200), Help("Passes over the rows")] = 60
mode: Literal["fast", "exact"] = "fast"
rate: float = 1
quick = False

# %% tags=["step:load"]
%matplotlib inline
rows = np.arange(10)

# %% tags=["step:fit"]
weights = rows * rate

# %% tags=["step:fit"]
bias = weights[:epochs].sum()

# %% tags=["step:model"]
def build(n):
    return n + bias
recipe = build

# %% tags=["metrics"]
total = bias + rows.sum()
_scratch, told = 1, "text"
"""


def test_the_whole_of_a_notebook():
    assert graph(WHOLE) == Graph(
        imports="import numpy as np",
        parameters=(
            LinkParameter("epochs", int, 60, "Passes over the rows", 1.0, 200.0, cell=2),
            LinkParameter("mode", str, "fast", choices=("fast", "exact"), cell=2),
            LinkParameter("rate", float, 1.0, cell=2),
            LinkParameter("quick", bool, False, cell=2),
        ),
        steps=(
            Step("load", (3,), "# %matplotlib inline\nrows = np.arange(10)", (), ("rows",), (), ()),
            Step(
                "fit",
                (4, 5),
                "weights = rows * rate\n\nbias = weights[:epochs].sum()",
                ("rows",),
                ("bias",),
                ("rate", "epochs"),
                ("load",),
            ),
            Step(
                "model",
                (6,),
                "def build(n):\n    return n + bias\nrecipe = build",
                ("bias",),
                ("recipe",),
                (),
                ("fit",),
            ),
        ),
        metrics=Step(
            "metrics",
            (7,),
            'total = bias + rows.sum()\n_scratch, told = 1, "text"',
            ("bias", "rows"),
            ("total",),
            (),
            ("load", "fit"),
        ),
        recipe=("load", "fit", "model"),
    )


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("y = [x for x in range(3)]", ()),
        ("y = [a * x for a in range(3)]", ("x",)),
        ("y = [z for x in range(3) for z in range(x)]", ()),
        ("y = [x for _ in range(3) if (x := 1)]", ()),
        ("y = [(x, x := 1) for _ in range(3)]", ("x",)),
        ("[(x := 1) for _ in range(3)]\ny = x", ()),
        ("y = lambda x: x", ()),
        ("y = lambda a, b=x: a", ("x",)),
        ("def f(x): return x", ()),
        ("def f(): return x", ("x",)),
        ("def f():\n    x = 1\n    return [x for _ in range(2)]", ()),
        ("def f():\n    def g(): return x\n    x = 1\n    return g", ()),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2", ()),
        ("class A:\n    x = 1\n    y = x", ()),
        ("class A:\n    x = x", ("x",)),
        ("class A:\n    x = 1\n    def f(self): return x", ("x",)),
        ("class A:\n    z = 1\n    y = [z for _ in range(2)]", ()),
        ("class A(B if x else C): pass", ("x",)),
        ("@x.wraps\ndef f(): pass", ("x",)),
        ("def f(a: x.T): pass", ("x",)),
        ("y = f'{x!r:>{w}}'", ("x",)),
        ("x = 1\ny = x", ()),
        ("x = x + 1", ("x",)),
        ("x += 1", ("x",)),
        ("x, y = 1, 2\nprint(x)", ()),
        ("for x in range(3): print(x)", ()),
        ("with open('a') as x: print(x)", ()),
        ("try:\n    import x\nexcept ImportError:\n    x = None\nprint(x)", ()),
        ("try:\n    1\nexcept Exception as x:\n    print(x)", ()),
        ("if w:\n    x = 1\nelse:\n    x = 2\nprint(x)", ()),
        ("if w:\n    x = 1\nprint(x)", ("x",)),
        ("if w:\n    x = 1\nelse:\n    raise ValueError\nprint(x)", ()),
        ("match w:\n    case [x, *y]: print(x)\n    case {'a': z, **x}: print(x)\n    case _: x = 1", ()),
        ("match w:\n    case 1: x = 2\n    case _: x = 3\nprint(x)", ()),
        ("match w:\n    case 1: x = 2\nprint(x)", ("x",)),
        ("x['a'] = 1", ("x",)),
        ("x.a.b = 1", ("x",)),
        ("x.append(1)", ("x",)),
        ("del x['a']", ("x",)),
        ("del x", ("x",)),
        ("print(y := 3, x)", ("x",)),
        ("from x import y", ()),
        ("def f():\n    global x\n    x = 1", ()),
        ("async def f():\n    async for y in x: pass", ("x",)),
        ("x: int = 3\nprint(x)", ()),
    ],
)
def test_what_a_step_takes(source, taken):
    found = steps(given="w = x = 1\nB = C = f_ = 2", step=source)
    assert tuple(name for name in found.steps[1].takes if name == "x") == taken


def test_a_step_that_changes_what_it_took_gives_it_anew():
    found = steps(load="df = read()", clean="df['x'] = 1", plot="print(df)")
    assert between(found) == {"load": ((), ("df",)), "clean": (("df",), ("df",)), "plot": (("df",), ())}
    assert found.steps[2].after == ("clean",)


def test_a_name_bound_anew_comes_from_the_last():
    found = steps(load="df = read()", look="print(df)", clean="df = df.dropna()", fit="m = df")
    assert [step.after for step in found.steps] == [(), ("load",), ("load",), ("clean",)]


def test_a_name_bound_only_sometimes_is_taken_too():
    found = steps(load="df = w = read()", clean="if w:\n    df = 2", fit="m = df")
    assert found.steps[1].takes == ("w", "df")
    assert found.steps[2].after == ("clean",)


def test_functions_that_change_their_arguments_are_known():
    found = steps(imports="def mark(df, how): df['x'] = how", load="df = read()", clean="mark(df, 1)", fit="m = df")
    assert found.steps[2].after == ("clean",)


def test_steps_come_after_what_they_take_even_from_below():
    found = steps(fit="m = rows.sum()", load="rows = read()", plot="print(m)")
    assert [step.name for step in found.steps] == ["load", "fit", "plot"]
    assert found.steps[1].takes == ("rows",)


def test_marimo_runs_cells_in_the_order_of_what_they_need():
    text = "import marimo\napp = marimo.App()\n@app.cell\ndef fit(rows):\n    m = rows\n    return\n"
    text += "@app.cell\ndef load():\n    rows = 1\n    return\n"
    found = analyse(parse(text, Path("n.py")))
    assert [step.name for step in found.graph.steps] == ["load", "fit"]
    assert {finding.rule for finding in found.findings} == {"metrics-missing", "recipe-missing"}


def test_a_deleted_name_is_given_by_nobody():
    found = steps(load="a = 1\ndel a", use="b = 1")
    assert between(found) == {"load": ((), ()), "use": ((), ())}


def test_steps_in_a_circle_are_all_there():
    found = steps(first="a = 1\nb = c", second="c = a")
    assert between(found) == {"first": (("c",), ("a",)), "second": (("a",), ("c",))}


DEEP = (
    "(" * 5000,
    "x = " + "-" * 100_000 + "1",
    "x = " + "+".join("a" * 4000),
    "x" + ".a" * 3000,
    "z[" * 145 + "0" + "]" * 145 + " = 1",
)


@pytest.mark.parametrize("source", [*DEEP, "def f(", "await x", "\x00", "%%bash\nls", "é = 1"])
def test_nothing_that_a_cell_holds_makes_it_raise(source):
    assert steps(odd=source, fine="a = 1").steps[1].name == "fine"
