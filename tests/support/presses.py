"""A small plant for tests: presses of four signals that hang together, and a plugin with good and bad blueprints.

The plugin is a real distribution in a folder that is put on the path, so it is found by its entry point in any process.
"""

import io
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from andon_sdk.plugin import Contract, Importance, Signal

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
PERIOD_S = 60
DISTRIBUTION = "andon-test-press"

CONTRACT = Contract(
    key="press",
    title="Press",
    signals=(
        Signal("force", "Force", "kN", -1e4, 1e4, Importance.ESSENTIAL),
        Signal("stroke", "Stroke", "mm", -1e4, 1e4),
        Signal("heat", "Heat", "degC", -1e4, 1e4),
        Signal("noise", "Noise", "dB", -1e4, 1e4, Importance.OPTIONAL),
    ),
    period_s=PERIOD_S,
)

PLUGIN = '''
import torch
from torch import nn
from andon_sdk.plugin import Blueprint, Contract, Gate, Importance, Parameter, Signal, Threshold, hook

CONTRACT = Contract("press", "Press", (
    Signal("force", "Force", "kN", -1e4, 1e4, Importance.ESSENTIAL),
    Signal("stroke", "Stroke", "mm", -1e4, 1e4),
    Signal("heat", "Heat", "degC", -1e4, 1e4),
    Signal("noise", "Noise", "dB", -1e4, 1e4, Importance.OPTIONAL),
), 60)

class Coder(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.down, self.up = nn.Linear(2 * inputs.signals, 8), nn.Linear(8, inputs.signals)
    def forward(self, x, present):
        return self.up(torch.tanh(self.down(torch.cat([x, present], 1))))

class Deaf(nn.Module):
    """Says the same whatever it hears."""
    def __init__(self, inputs):
        super().__init__()
        self.level = nn.Parameter(torch.ones(inputs.signals))
    def forward(self, x, present):
        return self.level.expand(x.shape[0], -1)

class Exploding(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        raise RuntimeError("boom")

def loss(output, x, present):
    return (((output - x) ** 2) * present).mean()

def score(output, x, present):
    return ((output - x) ** 2) * present

def deaf_score(output, x, present):
    return output ** 2 + 0 * x

def broken_loss(output, x, present):
    return loss(output, x, present) * float("nan")

EPOCHS = Parameter("epochs", "Epochs", 40, 1, 4000, whole=True)
RATE = Parameter("learning_rate", "Learning rate", 5e-3, 1e-5, 1e-1)

def make(key, module, loss=loss, score=score, contract="press"):
    return Blueprint(key, key.title(), "1", contract, module, loss, score, epochs=EPOCHS, learning_rate=RATE,
                     threshold=Threshold(smooth_rows=5))

@hook
def contracts():
    return [CONTRACT]

@hook
def blueprints():
    return [
        make("press-coder", Coder),
        make("any-coder", Coder, contract=None),
        make("press-deaf", Deaf, score=deaf_score),
        make("press-exploding", Exploding),
        make("press-diverging", Coder, loss=broken_loss),
    ]

def jammed(held):
    moved = held.values.copy()
    moved[:, :, 0] += 12 * held.spread[:, None, 0]
    return (held.score(moved) > 1).mean(axis=1)

@hook
def gates():
    return [Gate("press-jammed", "Jammed press", "press", jammed, 0.5, "Jammed, {value:.0%} of the rows are abnormal.",
                 at_least=True)]
'''


def write_distribution(folder: Path, name: str, module: str, source: str) -> Path:
    """A distribution as pip leaves it, whose entry point is `module`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{module}.py").write_text(textwrap.dedent(source))
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[andon.plugins.v1]\n{module} = {module}\n")
    (info / "RECORD").write_text(f"{module}.py,,\n{info.name}/METADATA,,\n{info.name}/entry_points.txt,,\n")
    return folder


def write_plugin(folder: Path) -> Path:
    return write_distribution(folder, DISTRIBUTION, "andon_test_press", PLUGIN)


def values(seed: int, rows: int) -> np.ndarray:
    """float64 [rows, 4]: force, stroke and heat share a cause, noise is alone; every row is like any other."""
    random = np.random.default_rng(seed)
    cause = random.normal(size=rows)
    return np.column_stack(
        [
            100 + 10 * cause + random.normal(size=rows),
            50 - 5 * cause + random.normal(size=rows),
            60 + 3 * cause + random.normal(size=rows),
            80 + 2 * random.normal(size=rows),
        ]
    )


def body(keys: list[str], rows: int, seed: int = 0) -> bytes:
    """An Arrow body of `rows` rows for each asset, one a minute from START on."""
    times = [START + timedelta(seconds=PERIOD_S * row) for row in range(rows)]
    stacked = np.concatenate([values(seed * 1000 + place, rows) for place in range(len(keys))])
    table = pa.table(
        {
            "asset": pa.array([key for key in keys for _ in range(rows)]),
            "time": pa.array(times * len(keys), pa.timestamp("us", tz="UTC")),
            **{signal.key: stacked[:, place] for place, signal in enumerate(CONTRACT.signals)},
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
