"""The process boundary of a plugin: rows a second through it, against the same rows made inside of this process.

    .venv/bin/python tests/bench/boundary.py

`drills` are the readings that the laser drills' plugin simulates, an hour of a second each a time. `bare` is the worst
case, a plugin that only hands over rows which are there already; inside, they are put into an Arrow batch all the same.
Both sides sum the values up, as whoever takes rows looks at them.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
from harness import Row, compare, write

from andon_sdk.boundary.process import batch_of
from andon_sdk.plugin import DemoPlant
from andon_sdk.plugin.loading import ask, find, load
from services.enclaves.box.bounds import descendants
from services.plugins import found
from services.plugins.contracts import Installation, Limits
from services.plugins.process import PluginProcess

ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)
SLICES, SLICE = 20, timedelta(hours=1)
ROWS, SIGNALS = 50_000, 16
BARE = f"""
import numpy as np
from andon_sdk.plugin import DemoAsset, DemoPlant, DemoRows, hook

VALUES = np.random.default_rng(0).normal(size=({ROWS}, {SIGNALS}))
ASSET = np.zeros({ROWS}, np.int32)
TIME = np.arange({ROWS}).astype("datetime64[us]")

class Bare:
    def rows(self, start, end, every_s=None):
        return DemoRows(ASSET, TIME, VALUES)
    def events(self, start, end):
        return ()

@hook
def demo_plants():
    return [DemoPlant("bare", "Bare", "c", "b", (DemoAsset("a", "A", "L", "S"),), lambda origin, seed: Bare())]
"""


def total(batch: pa.RecordBatch) -> float:
    return float(np.nansum(batch.column("values").flatten().to_numpy(zero_copy_only=False)))


def measure(name: str, plant: DemoPlant, process: PluginProcess) -> Row:
    life = plant.simulate(ORIGIN, 7)
    spans = [(ORIGIN + k * SLICE, ORIGIN + (k + 1) * SLICE) for k in range(SLICES)]

    def through() -> list[float]:
        return [total(process.rows(plant.key, ORIGIN, 7, *span)) for span in spans]

    def inside() -> list[float]:
        return [total(batch_of(life.rows(*span))) for span in spans]

    assert through() == inside()
    rows = float(sum(len(life.rows(*span).time) for span in spans))

    def counted() -> float:
        before = spent(process)
        through()
        return spent(process) - before

    def quiet() -> None:
        inside()

    return compare(name, "rows/s", (counted, rows), "inside this process", (quiet, rows))


def spent(process: PluginProcess) -> float:
    """Processor seconds of the plugin's process."""
    family = [psutil.Process(pid) for pid in descendants(process.pid)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def drills() -> Row:
    [plugin] = [each for each in found.core() if each.name == "andon-laser-drill"]
    [here] = load([each for each in find() if each[0].name == plugin.name])
    with PluginProcess(plugin) as process:
        return measure("drills", ask(here, "demo_plants")[0], process)


def bare() -> Row:
    space: dict[str, object] = {}
    exec(BARE, space)
    [plant] = space["demo_plants"]()  # type: ignore[operator]
    with tempfile.TemporaryDirectory() as folder:
        info = Path(folder) / "bare-1.0.dist-info"
        info.mkdir()
        (Path(folder) / "bare.py").write_text(BARE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bare\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[andon.plugins.v1]\nbare = bare\n")
        with PluginProcess(Installation("bare", "1.0", "d", (folder,), (folder,)), Limits()) as process:
            return measure("bare", plant, process)


if __name__ == "__main__":
    write("boundary", [drills(), bare()])
