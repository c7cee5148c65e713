"""Each check finds what it is for: a plugin with one mistake has one finding, which names it."""

import itertools
import sys
import textwrap

import pytest

from andon_sdk.plugin.loading import PluginError
from andon_sdk.testing import CHECKS, Conformance, Finding, Subject, examine
from andon_sdk.testing.checks import declarations
from andon_sdk.testing.subject import NoPlugin

NUMBERS = itertools.count()
MANIFEST = """\
manifest = 1
title = "Pumps"
summary = "Pump stations."
sector = "water"
capabilities = [{hooks}]
sdk = ">=0.1"
"""
HEAD = """
import math, time, socket, subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import numpy as np, torch
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from andon_sdk.connector import Connector, SourceUnavailable
from andon_sdk.plugin import *
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
FLOW, CURRENT = Signal("flow", "Flow", "L/min", 0.0, 500.0), Signal("current", "Current", "A", 0.0, 90.0)
PUMP = Contract("pump", "Pump", (FLOW, CURRENT), 1.0)
WATCH = Blueprint("pump-watch", "Watch a pump", "1", "pump", MaskedAutoencoder, reconstruction_loss,
    reconstruction_score)
"""
CONTRACTS = "@hook\ndef contracts(): return [PUMP]\n"


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Makes a plugin of code, and its subject. What it imported is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    made: list[str] = []

    def make(code: str, manifest: str | None = None, **files: str) -> Subject:
        package = f"andon_bad_{next(NUMBERS)}"
        made.append(package)
        folder = tmp_path / "src" / package
        folder.mkdir(parents=True)
        hooks = [part.split("(")[0] for part in code.split("@hook\ndef ")[1:]]
        (folder / "__init__.py").write_text("")
        (folder / "plugin.py").write_text(HEAD + textwrap.dedent(code))
        told = MANIFEST if manifest is None else manifest
        (folder / "andon-plugin.toml").write_text(told.replace("{hooks}", ", ".join(f'"{each}"' for each in hooks)))
        for name, content in files.items():
            (folder / f"{name}.py").write_text(content)
        (tmp_path / "pyproject.toml").write_text(
            f'[project]\nname = "andon-bad"\nversion = "1.0"\n[project.entry-points."andon.plugins.v1"]\n'
            f'bad = "{package}.plugin"\n'
        )
        return Subject.of_project(tmp_path)

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] in made]:
        del sys.modules[name]


def blueprint(module="MaskedAutoencoder", loss="reconstruction_loss", score="reconstruction_score", more="", defs=""):
    made = f"replace(WATCH, module={module}, loss={loss}, score={score}{more})"
    return f"{CONTRACTS}{defs}\n@hook\ndef blueprints(): return [{made}]\n"


def estimator(fit, score="lambda model, x, seen, judged: (x - model['m']).square() * judged", stacked=True):
    made = f"Estimator('pump-level', 'Level', '1', 'pump', {fit}, {score}, {stacked})"
    return f"{CONTRACTS}def mean(rows, p): return {{'m': rows.x.mean(0)}}\n@hook\ndef blueprints(): return [{made}]\n"


def gate(measure, defs=""):
    made = f"Gate('pump-leak', 'Leak', 'pump', {measure}, 0.5, '{{value}}')"
    return f"{CONTRACTS}{defs}\n@hook\ndef gates(): return [{made}]\n"


def contract(made):
    return f"@hook\ndef contracts(): return [{made}]\n"


def factor(**changed):
    kept = {"signal": "'flow'", "low": "2.0", "sentence": "'Idle.'"} | changed
    given = ", ".join(f"{key}={value}" for key, value in kept.items())
    made = f"SuitabilityFactor('pump-idle', 'Idle', 'pump', care=0.2, {given})"
    return f"{CONTRACTS}@hook\ndef suitability_factors(): return [{made}]\n"


GRU = """
class Own(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.inner = torch.nn.GRU(inputs.signals, inputs.signals, batch_first=True)
    def forward(self, x, present):
        return self.inner(x[None])[0][0]
"""
STATE = """
class Own(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.inner, self.shift = torch.nn.Linear(inputs.signals, inputs.signals), float(torch.rand(()))
    def forward(self, x, present):
        return self.inner(x) + self.shift
"""
NOISE = """
class Own(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.inner = torch.nn.Linear(inputs.signals, inputs.signals)
    def forward(self, x, present):
        return self.inner(x) + torch.rand(())
"""
PLANT = (
    CONTRACTS
    + """
class Life:
    def rows(self, start, end, every_s=None):
        count = int((end - start).total_seconds() // 10)
        time = np.datetime64(start.replace(tzinfo=None), "us") + np.arange(count) * np.timedelta64(10, "s")
        return DemoRows(np.zeros(count, int), time, {values})
    def events(self, start, end):
        return ({event},)
ONE = DemoAsset("p1", "P1", "l", "s")
PLANT = DemoPlant("plant", "Plant", "pump", "pump-watch", (ONE,), lambda origin, seed: Life())
@hook
def blueprints(): return [WATCH]
@hook
def demo_plants(): return [PLANT]
"""
)
REPEATED = 'DemoEvent("p1", "failure", datetime(2026, 1, 1, tzinfo=UTC), "")'
CONNECTOR = """
class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    host: str = Field(description="Where.")
    {setting}
class Source:
    def __init__(self, settings): {init}
    async def open(self): {open}
    async def close(self): {close}
@hook
def connectors(): return [Connector("pump-in", "In", Settings, Source, "For pumps.")]
"""


def connector(
    setting="port: int = Field(1, description='Port.')", init="pass", open="raise SourceUnavailable('no')", close="pass"
):
    return CONNECTOR.format(setting=setting, init=init, open=open, close=close)


MISTAKES = [
    ("hooks", "x = 1", "andon_bad", "No hook is implemented"),
    ("hooks", "@hook\ndef contracts(): return [7]\n", "hook contracts", "It returns a int."),
    ("hooks", "@hook\ndef contracts(): return []\n", "hook contracts", "It declares nothing."),
    (
        "hooks",
        "@hook\ndef contracts(): return None\n",
        "hook contracts",
        "It declares nothing.",
    ),
    (
        "hooks",
        "@hook\ndef contracts(): return 1 / 0\n",
        "andon-bad",
        "PluginError: plugin andon-bad: hook contracts raised: division",
    ),
    (
        "hooks",
        "@hook\ndef contracts():\n    open('/tmp/andon-bad-written', 'w').close()\n    return [PUMP]\n",
        "hook contracts",
        "While it was asked, it opened /tmp/andon-bad-written to write",
    ),
    (
        "hooks",
        "@hook\ndef contracts():\n    subprocess.run(['true'])\n    return [PUMP]\n",
        "hook contracts",
        "While it was asked, it started a process (subprocess.Popen)",
    ),
    (
        "hooks",
        "@hook\ndef contracts():\n    try: socket.create_connection(('192.0.2.1', 80), 0.01)\n"
        "    except OSError: pass\n    return [PUMP]\n",
        "hook contracts",
        "While it was asked, it reached for the host 192.0.2.1",
    ),
    (
        "hooks",
        "N = iter(range(9))\n@hook\ndef contracts(): return [replace(PUMP, key=f'pump-{next(N)}')]\n",
        "hook contracts",
        "Asked twice, it gives two answers",
    ),
    (
        "hooks",
        "@hook\ndef contracts():\n    time.sleep(0.1)\n    return [PUMP]\n",
        "hook contracts",
        "It took 0.1 s, in every process.",
    ),
    ("keys", contract("replace(PUMP, key='Pump Station')"), "contracts: Pump Station", "A key is at most 64 of small"),
    ("keys", contract("PUMP, PUMP"), "contracts: pump", "The key is held twice."),
    (
        "keys",
        contract("replace(PUMP, title='a\\nb')"),
        "contracts: pump",
        "Its title is not one line of 1 to 200 characters.",
    ),
    (
        "references",
        blueprint(more=", contract='pmp'"),
        "blueprints: pump-watch",
        "It names the contract 'pmp'; its own are pump, and",
    ),
    (
        "references",
        CONTRACTS + "@hook\ndef alarm_rules(): return [AlarmRule('a', 'A', 'pump'), AlarmRule('b', 'B', 'pump')]\n",
        "alarm_rules",
        "pump has 2 rules; a contract has one.",
    ),
    (
        "contracts",
        contract("replace(PUMP, signals=(replace(FLOW, unit='-'),))"),
        "contract pump, signal flow",
        "'-' is no unit.",
    ),
    (
        "contracts",
        contract("replace(PUMP, signals=(replace(FLOW, high=math.inf),))"),
        "contract pump, signal flow",
        "Its limits are",
    ),
    (
        "contracts",
        contract("replace(PUMP, signals=(replace(FLOW, key='a b'),))"),
        "contract pump, signal a b",
        "Its key cannot be",
    ),
    ("contracts", contract("replace(PUMP, period_s=1e6)"), "contract pump", "A row every 1000000.0 s is none a day."),
    (
        "blueprints",
        blueprint("lambda inputs: 7", more=""),
        "blueprint pump-watch, 2 signals",
        "module(inputs) returns no torch.nn.Module.",
    ),
    ("blueprints", blueprint("Own", defs=GRU), "blueprint pump-watch, 2 signals", "It cannot be stacked: "),
    (
        "blueprints",
        blueprint("Own", defs=STATE),
        "blueprint pump-watch, 2 signals",
        "Stored and loaded, it answers otherwise.",
    ),
    (
        "blueprints",
        blueprint("Own", defs=NOISE),
        "blueprint pump-watch, 2 signals",
        "In eval mode, the same rows get two scores.",
    ),
    (
        "blueprints",
        blueprint(score="lambda o, x, p: (o - x) ** 2 * p / p.sum(-1, keepdim=True)"),
        "blueprint pump-watch, 2 signals",
        "For rows with gaps, score or loss is no number.",
    ),
    (
        "blueprints",
        blueprint(score="lambda o, x, p: (o - x) ** 2"),
        "blueprint pump-watch, 2 signals",
        "For rows with gaps, a signal that is absent has a share.",
    ),
    (
        "blueprints",
        blueprint(score="lambda o, x, p: (o - x) * p"),
        "blueprint pump-watch, 2 signals",
        "For whole rows, a share is negative.",
    ),
    (
        "blueprints",
        blueprint(score="lambda o, x, p: (o - x).square().mean(0, keepdim=True) * p"),
        "blueprint pump-watch, 2 signals",
        "A row's score depends on the rows that came with it",
    ),
    (
        "blueprints",
        blueprint(loss="lambda o, x, p: (o - x) ** 2"),
        "blueprint pump-watch, 2 signals",
        "loss has the shape (64, 2).",
    ),
    (
        "blueprints",
        blueprint(score="lambda o, x, p: ((o - x) ** 2 * p).sum(-1)"),
        "blueprint pump-watch, 2 signals",
        "score gives (64,) where [rows, signals] is (64, 2).",
    ),
    (
        "blueprints",
        blueprint(more=", epochs=Parameter('epochs', 'Epochs', 60.5, 1, 1000, whole=True)"),
        "blueprint pump-watch, parameter epochs",
        "It is whole, and its default or a limit is not.",
    ),
    (
        "blueprints",
        blueprint(more=", threshold=Threshold(quantile=1.0)"),
        "blueprint pump-watch",
        "Threshold(quantile=1.0",
    ),
    (
        "estimators",
        estimator("lambda rows, p: {}"),
        "estimator pump-level, 2 signals",
        "fit returns no arrays by name.",
    ),
    (
        "estimators",
        estimator("lambda rows, p: {'m': torch.rand(2)}"),
        "estimator pump-level, 2 signals",
        "The same rows give two models.",
    ),
    (
        "estimators",
        estimator("lambda rows, p: {'m': rows.x.sum(0) / rows.seen.sum(0)}"),
        "estimator pump-level, 2 signals",
        "Fitted to rows without their first signal, an array holds what is no number.",
    ),
    (
        "estimators",
        estimator("lambda rows, p: {'m': rows.x[rows.seen[:, 0] > 0]}", stacked=False),
        "estimator pump-level, 2 signals",
        "Fitted to rows with gaps, its arrays have other shapes",
    ),
    (
        "estimators",
        estimator("mean", score="lambda model, x, seen, judged: (x - model['m']).square()"),
        "estimator pump-level, 2 signals",
        "For rows with gaps, a signal that is absent has a share.",
    ),
    (
        "estimators",
        estimator("lambda rows, p: {'m': torch.as_tensor(rows.x.numpy().mean(0))}"),
        "estimator pump-level, 2 signals",
        "It cannot be stacked: ",
    ),
    (
        "alarm-rules",
        CONTRACTS + "@hook\ndef alarm_rules(): return [AlarmRule('a', 'A', 'pump', raise_above=100.0)]\n",
        "alarm rule a",
        "A machine at twice the threshold for 10 rows raises none.",
    ),
    (
        "alarm-rules",
        CONTRACTS + "@hook\ndef alarm_rules(): return [AlarmRule('a', 'A', 'pump', clear_below=0.05)]\n",
        "alarm rule a",
        "It does not clear after 30 rows at a tenth of the threshold.",
    ),
    ("suitability-factors", factor(signal="'flw'"), "suitability factor pump-idle", "pump has no signal 'flw'"),
    (
        "suitability-factors",
        factor(low="-1.0"),
        "suitability factor pump-idle",
        "All that the contract lets through lies",
    ),
    ("suitability-factors", factor(sentence="''"), "suitability factor pump-idle", "It has no sentence"),
    ("gates", gate("lambda h: 0.3"), "gate pump-leak", "measure returns float64 () for 4 assets."),
    ("gates", gate("lambda h: h.values.mean((1, 2))"), "gate pump-leak", "It has no number for assets that have rows"),
    ("gates", gate("lambda h: np.random.random(4)"), "gate pump-leak", "Asked twice, it gives two numbers."),
    (
        "gates",
        gate("own", "def own(h):\n    h.values[:] = 0\n    return np.zeros(4)\n"),
        "gate pump-leak",
        "It changes the rows it is given.",
    ),
    (
        "demo-plants",
        PLANT.format(values="np.ones((count, 3))", event=REPEATED),
        "demo plant plant",
        "values has the shape (360, 3)",
    ),
    (
        "demo-plants",
        PLANT.format(values="np.full((count, 2), 1e6)", event=REPEATED),
        "demo plant plant",
        "100% of its values lie",
    ),
    (
        "demo-plants",
        PLANT.format(values="np.random.rand(count, 2)", event=REPEATED),
        "demo plant plant",
        "Asked in two halves",
    ),
    (
        "demo-plants",
        PLANT.format(values="np.ones((count, 2))", event=REPEATED.replace("failure", "boom")),
        "demo plant plant",
        "It tells of 'boom' at 'p1'.",
    ),
    ("connectors", connector("port: int = 1"), "connector pump-in, settings.port", "It has no description"),
    (
        "connectors",
        connector("password: str = Field('', description='Word.')"),
        "connector pump-in, settings.password",
        "It looks like a secret and is none.",
    ),
    (
        "connectors",
        connector(
            "port: int = Field(1, description='P.')\n    @field_validator('host')\n    def v(cls, v): return v[5] and v"
        ),
        "connector pump-in, settings.host",
        "A value of str raised IndexError instead of a ValidationError.",
    ),
    (
        "connectors",
        connector().replace('extra="forbid"', 'extra="ignore"'),
        "connector pump-in, settings",
        "A misspelt setting",
    ),
    (
        "connectors",
        connector(open="raise OSError('refused')"),
        "connector pump-in",
        "Where nobody listens, open() raises OSError: refused.",
    ),
    (
        "connectors",
        connector(close="self.writer.close()"),
        "close",
        "AttributeError: 'Source' object has no attribute 'writer'",
    ),
    (
        "connectors",
        connector(init="open('/tmp/andon-bad-written', 'w').close()"),
        "connector pump-in",
        "open(settings) opened /tmp/andon-bad-written to write",
    ),
]


@pytest.mark.parametrize(("check", "code", "where", "what"), MISTAKES, ids=[f"{m[0]}: {m[3][:50]}" for m in MISTAKES])
def test_a_mistake_is_found_and_named(plugin, monkeypatch, check, code, where, what):
    monkeypatch.setattr(declarations, "SECONDS", 0.09 if "sleep" in code else 1.0)
    first = next(examine(plugin(code), check))
    assert (first.check, first.where[: len(where)], first.what[: len(what)]) == (check, where, what)
    assert first.fix.endswith(".")


def test_a_whole_plugin_has_no_finding(plugin):
    subject = plugin(blueprint() + connector().replace("return [Connector(", "return [Connector("))
    left = {"documents"}  # it has none
    assert [finding for check in CHECKS if check not in left for finding in examine(subject, check)] == []


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        (MANIFEST.replace("{hooks}", '"gates", {hooks}'), "gates is among capabilities and not implemented."),
        (MANIFEST.replace("{hooks}", '"gates"'), "The hook contracts is implemented and not among capabilities."),
        (MANIFEST.replace(">=0.1", ">=7"), "sdk = '>=7' leaves out 0.1.0, which it is checked with."),
        (MANIFEST.replace(">=0.1", "all"), "sdk = 'all' is no range of versions."),
        ("", "andon-plugin.toml: manifest must be 1, the only kind this SDK reads, not None."),
    ],
)
def test_the_manifest_says_what_the_code_does(plugin, manifest, what):
    first = next(iter(examine(plugin(CONTRACTS, manifest), "manifest")))
    assert (first.where, first.what) == ("andon-plugin.toml", what)


def test_a_project_without_documents_is_told_which(plugin):
    found = [finding.where for finding in examine(plugin(CONTRACTS), "documents")]
    assert [where.partition("_bad_")[0] for where in found] == ["README.md", "tests", "andon"]


def test_what_raises_is_blamed_by_line(plugin):
    subject = plugin(gate("own", "def own(h):\n    return h.values.no_such_thing\n"))
    [finding] = examine(subject, "gates")
    assert (finding.where, finding.what[:14]) == ("own", "AttributeError")
    assert finding.fix.startswith("It was raised in ")
    assert "plugin.py, line " in finding.fix


def test_a_plugin_that_cannot_be_imported_says_why(plugin):
    with pytest.raises(PluginError, match="cannot be imported: division by zero"):
        plugin("1 / 0")


def test_a_misspelt_hook_is_named(plugin):
    with pytest.raises(PluginError, match="contract is not a hook"):
        plugin("@hook\ndef contract(): return []\n")


def test_a_folder_without_a_plugin_is_told_so(tmp_path):
    with pytest.raises(NoPlugin, match=r"has no pyproject\.toml"):
        Subject.of_project(tmp_path)
    with pytest.raises(NoPlugin, match="is not installed"):
        Subject.installed("andon-nowhere")


def test_tests_of_the_kit_cannot_be_overridden():
    with pytest.raises(TypeError, match="overrides test_it_conforms, which belongs to the kit"):
        type("TestMine", (Conformance,), {"plugin": "andon-bad", "test_it_conforms": lambda self: None})


def test_a_finding_reads_as_a_sentence():
    assert str(Finding("keys", "contracts: a", "It is b.", "Do c.")) == "keys: contracts: a: It is b. Do c."
