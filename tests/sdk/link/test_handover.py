"""Values between steps: what goes over comes back as it was, in another process; what cannot is refused by name."""

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from link_graphs import graph, step
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from andon_sdk.link.handover import Damaged, HandoverRefused, Origin, Reader, Writer, files_of
from andon_sdk.link.running import run

NOWHERE = Origin({}, {}, {})


def back(value, folder):
    node = json.loads(json.dumps(Writer(folder, NOWHERE).node(value, "value")))
    return Reader(folder, NOWHERE).value(node)


def moment():
    from datetime import UTC, datetime

    return datetime(2026, 3, 2, 4, 5, 6, 7, tzinfo=UTC)


PLAIN = [
    None, True, 12**30, 0.1, float("inf"), "ä\n", b"\x00\xff", 1 + 2j, [1, [2.5, None]], {"a": {"b": [1]}},
    {1: "a", (2, "b"): {"c"}}, (1, (2,)), {"kind": "again", "of": 0}, {"kind": "code", "file": "x"},
    frozenset({1}), range(2, 9, 3), Path("a/b"), moment(), moment().date(), moment().time(), moment() - moment(),
    len, np.log, torch.float32, torch.device("cpu"), Ridge,
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values(value, tmp_path):
    again = back(value, tmp_path)
    assert again == value
    assert type(again) is type(value)


def frames():
    times = pl.datetime_range(moment(), moment(), "1h", eager=True, time_zone="UTC")
    yield pl.DataFrame({"t": times, "x": [1.5], "c": pl.Series(["a"], dtype=pl.Enum(["a", "b"])), "l": [[1, 2]]})
    yield pl.Series("x", [1, None, 3], dtype=pl.Int8)
    yield pa.table({"x": [1, 2], "s": ["a", None]})
    yield pa.record_batch({"x": pa.array([1, 2], pa.int16())})


@pytest.mark.parametrize("value", list(frames()), ids=lambda value: type(value).__qualname__)
def test_frames(value, tmp_path):
    again = back(value, tmp_path)
    assert type(again) is type(value)
    assert again.equals(value)
    assert getattr(again, "schema", None) == getattr(value, "schema", None)


def test_frames_of_pandas(tmp_path):
    index = pd.date_range("2026-03-02", periods=2, freq="h", tz="UTC", name="at")
    frame = pd.DataFrame({"x": [1.0, None], "c": pd.Categorical(["a", "b"]), "s": ["p", None]}, index=pd.Index([3, 5]))
    pd.testing.assert_frame_equal(back(frame, tmp_path), frame)
    series = pd.Series([1, 2], index=index, name="rate")
    pd.testing.assert_series_equal(back(series, tmp_path), series, check_freq=False)


ARRAYS = [
    np.arange(6, dtype=np.int16).reshape(2, 3),
    np.asfortranarray(np.random.default_rng(0).normal(size=(3, 2))),
    np.array([1.5], dtype=">f4"),
    np.array(["2026-03-02T01", "NaT"], dtype="datetime64[h]"),
    np.array([True, False]),
    np.array(["a", "bcd"]),
    np.array(2.5),
    np.zeros((0, 3)),
    np.array([1 + 1j]),
    np.float32(0.1),
    np.int64(3),
    np.datetime64("2026-03-02"),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: f"{type(value).__name__}-{value.dtype}")
def test_arrays(value, tmp_path):
    again = back(value, tmp_path)
    assert type(again) is type(value)
    assert (again.dtype, again.shape) == (value.dtype, value.shape)
    np.testing.assert_array_equal(again, value)
    if isinstance(value, np.ndarray):
        assert again.flags.f_contiguous == value.flags.f_contiguous
        assert again.flags.writeable


def test_a_generator_goes_on(tmp_path):
    generator = np.random.default_rng(5)
    generator.normal(size=3)
    again = back(generator, tmp_path)
    assert again.normal() == generator.normal()


def test_tensors(tmp_path):
    value = {"w": torch.arange(4.0).reshape(2, 2).T, "p": torch.nn.Parameter(torch.ones(1)), "b": torch.tensor(True)}
    again = back(value, tmp_path)
    assert torch.equal(again["w"], value["w"])
    assert torch.equal(again["b"], value["b"])
    assert isinstance(again["p"], torch.nn.Parameter)
    assert again["p"].requires_grad


def test_models_of_scikit_learn(tmp_path):
    x = np.arange(8.0).reshape(4, 2)
    model = make_pipeline(StandardScaler(), Ridge()).fit(x, x[:, 0])
    np.testing.assert_array_equal(back(model, tmp_path).predict(x), model.predict(x))


def test_models_of_lightgbm(tmp_path):
    import lightgbm

    x = np.random.default_rng(0).normal(size=(80, 3))
    data = lightgbm.Dataset(x, x[:, 0] * 2)
    booster = lightgbm.train({"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}, data, 7)
    booster.best_iteration = 4
    again = back(booster, tmp_path)
    assert again.best_iteration == 4
    np.testing.assert_array_equal(again.predict(x), booster.predict(x))


def circle():
    value: list = []
    value.append(value)
    return value


REFUSED = [
    ((each for each in ()), "value (generator) cannot be handed over: make a list of it: list(…)."),
    (open(__file__), "read the file in the step that opens it"),  # noqa: SIM115
    (threading.Lock(), "make it in the step that uses it."),
    (pl.LazyFrame({"a": [1]}), ".collect()"),
    ([{"a": threading.Event()}], "value[0]['a'] (threading.Event) cannot be handed over"),
    (np.array([object()]), "its type object has no file format"),
    (pl.DataFrame({"a": [object()]}), "a column holds Python objects"),
    (pd.DataFrame({"a": [1, "b"]}), "a column mixes types or holds Python objects"),
    (torch.ones(1, requires_grad=True) * 2, "give tensor.detach()."),
    (torch.optim.SGD([torch.ones(1)], lr=1.0), "make it in the step that trains"),
    (
        make_pipeline(FunctionTransformer(lambda x: x)),
        "which skops does not trust: build it of scikit-learn's own parts",
    ),
    (ValueError("x"), "give what it holds as a frame"),
    (eval("lambda: 1"), "its code is in no step"),
    (circle(), "it holds itself"),
]


@pytest.mark.parametrize(("value", "said"), REFUSED, ids=lambda each: each if isinstance(each, str) else "")
def test_what_cannot_go_over_is_refused(value, said, tmp_path):
    with pytest.raises(HandoverRefused) as error:
        Writer(tmp_path, NOWHERE).node(value, "value")
    assert said in str(error.value)


@pytest.mark.parametrize("harm", [lambda data: data[:-9], lambda data: b"", lambda data: data[:-1] + b"!"])
def test_a_file_that_is_another_is_never_read(harm, tmp_path):
    node = Writer(tmp_path, NOWHERE).node(np.arange(9.0), "value")
    [file] = files_of(node)
    (tmp_path / file).write_bytes(harm((tmp_path / file).read_bytes()))
    with pytest.raises(Damaged):
        Reader(tmp_path, NOWHERE).value(node)


def test_no_node_leads_out_of_the_folder(tmp_path):
    with pytest.raises(Damaged, match="no name of a file"):
        Reader(tmp_path, NOWHERE).value({"kind": "polars", "file": "../../etc/passwd"})


CODE = """
@dataclass
class Limits:
    low: float
    high: float = 5.0

    def inside(self, x):
        return self.low <= x <= self.high

class Colour(enum.Enum):
    RED = "r"

class Plain:
    count = 2
    def __init__(self):
        self.parts = [Limits(0.0)]

class Net(nn.Module):
    def __init__(self, wide, act=nn.ReLU()):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, wide), act, nn.Dropout(0.5))
        self.limits = Limits(1.0)

    def forward(self, x):
        return self.layers(x)

factor = 3

def fib(n, *, start=1):
    return start if n < 2 else fib(n - 1) + fib(n - 2)

def outer(k):
    def inner(x):
        return k * x * factor
    return inner

tripled = outer(2)
shifted = functools.partial(outer, 7)
made_by_a_library = reprlib.recursive_repr("again")
square = lambda x, y=[1, 2]: x**2 + y[1]
torch.manual_seed(1)
net = Net(wide=4)
net.layers[0].weight.requires_grad_(False)
net.eval()
expected = net(torch.ones(2, 1)).tolist()
limits, colour, plain = Limits(1.0, 2.0), Colour.RED, Plain()
"""

USED = """
assert (fib(6), fib.__kwdefaults__) == (13, {"start": 1})
assert tripled(5) == 30
assert shifted()(1) == 21
assert square(3) == 11
assert made_by_a_library(lambda self: "once")(3) == "once"
assert not net.training and not net.layers[0].weight.requires_grad and net.layers[0].bias.requires_grad
assert net(torch.ones(2, 1)).tolist() == expected
assert type(net) is Net and isinstance(net.limits, object)
assert isinstance(limits, Limits) and limits == Limits(1.0, 2.0) and limits.inside(1.5)
assert colour is Colour.RED
assert isinstance(plain, Plain) and plain.count == 2 and plain.parts[0].low == 0.0
given = (fib, limits, net)
"""


def test_functions_and_classes_of_the_notebook_are_made_again(tmp_path):
    names = "made_by_a_library fib tripled shifted square net Net limits Limits colour Colour plain Plain expected"
    made = graph(
        step("define", CODE, gives=names),
        step("use", USED, names, "given", "", "define"),
        imports="import enum, functools, reprlib, torch\nfrom dataclasses import dataclass\nfrom torch import nn",
        metrics=step("metrics", "said = given[0](7) + given[1].high", "given", "said", "", "use"),
    )
    outcome = run(made, {}, tmp_path)
    assert outcome.failure is None
    assert outcome.metrics == {"said": 23.0}


def test_a_module_that_was_changed_after_it_was_made_is_refused(tmp_path):
    text = "net = nn.Sequential(nn.Linear(1, 1))\nnet.append(nn.ReLU())"
    made = graph(
        step("define", text, gives="net"), step("use", "net", "net", "", "", "define"), imports="from torch import nn"
    )
    failure = run(made, {}, tmp_path).failure
    assert failure is not None
    assert failure.step == "define"
    assert failure.what == (
        "net (torch.nn.modules.container.Sequential) cannot be handed to use: it was changed after it was made, and "
        "cannot be made again from its arguments: build it whole in __init__, or give model.state_dict() and make the "
        "module in the step that uses it."
    )


RECIPES = {
    "sklearn": "sklearn_recipe(key='s', title='S', make=lambda told: make_pipeline(StandardScaler(), PCA(1)))",
    "lightgbm": "lightgbm_recipe(key='l', title='L', params={'num_iterations': 3, 'num_leaves': 3, 'verbose': -1})",
    "torch": "torch_recipe(key='t', title='T', module=lambda it: Net(it.signals), loss=loss, score=parts, epochs=2)",
}
NET = """
class Net(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.layer = nn.Linear(wide, wide)

    def forward(self, x, present):
        return self.layer(x * present)

def parts(output, x, present):
    return (output - x) ** 2 * present

def loss(output, x, present):
    return parts(output, x, present).mean()
"""
ROWS = """
at = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 2), "5m", eager=True)
rows = pl.DataFrame({"time": at, "a": np.sin(np.arange(289)), "b": np.cos(np.arange(289))})
"""


def test_recipes_of_three_frameworks_go_over_and_so_do_their_models(tmp_path):
    """Recipe, then the model that was fitted: it scores in a later step as one that was fitted there."""
    made = "\n".join(f"{name} = {text}" for name, text in RECIPES.items())
    fitted = "\n".join(f"{name}_fitted = fit({name}, rows, seed=0)" for name in RECIPES)
    scored = "\n".join(
        f"{name}_same = score({name}_fitted, rows).equals(score(fit({name}, rows, seed=0), rows))" for name in RECIPES
    )
    names, models = " ".join(RECIPES), " ".join(f"{name}_fitted" for name in RECIPES)
    same = [f"{name}_same" for name in RECIPES]
    pipeline = graph(
        step("make", NET + made, gives=names),
        step("rows", ROWS, gives="rows"),
        step("fit", fitted, f"{names} rows", models, "", "make rows"),
        imports="import numpy as np\nimport polars as pl\nfrom torch import nn\nfrom sklearn.decomposition import PCA\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "from andon_sdk.link.recipes import fit, lightgbm_recipe, score, sklearn_recipe, torch_recipe",
        metrics=step("metrics", scored, f"{names} {models} rows", " ".join(same), "", "make rows fit"),
    )
    outcome = run(pipeline, {}, tmp_path)
    assert outcome.failure is None
    assert outcome.metrics == dict.fromkeys(same, 1.0)
