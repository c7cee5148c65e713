"""A folder of wheels that stands for an index, and a plugin that needs some of them: one that Andon's environment
lacks (`tallyho`), and one that it has in another version (`webcolors`)."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pump_wheels import MANIFEST
from wheels import record

NAME, BLUEPRINT = "andon-layered", "layered-watch"
ASKS = ("andon-sdk", "torch", "tallyho>=1", "webcolors<2")
PLUGIN = '''\
"""An estimator that fits with packages of its own."""
import tallyho

from andon_sdk.plugin import Estimator, hook


def fit(rows, parameters):
    import webcolors

    if (webcolors.VERSION, tallyho.VERSION) != ("1.0", "1.5"):
        raise RuntimeError(f"fitted with webcolors {webcolors.VERSION}")
    count = rows.seen.sum(0).clamp(min=1)
    center = (rows.x * rows.seen).sum(0) / count
    spread = (((rows.x - center) * rows.seen) ** 2).sum(0) / count
    return {"center": center, "spread": spread.clamp(min=1e-6)}


def score(model, x, seen, judged):
    return (x - model["center"]) ** 2 / model["spread"] * judged


@hook
def blueprints():
    return [Estimator("layered-watch", "Layered watch", "1", None, fit, score, stacked=False)]
'''


def wheel(folder: Path, name: str, version: str, contents: Mapping[str, str], requires: Sequence[str] = ()) -> Path:
    """A wheel of these files and RECORD."""
    stem = f"{name.replace('-', '_')}-{version}"
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        **{path: text.encode() for path, text in contents.items()},
        f"{stem}.dist-info/METADATA": (told + "".join(f"Requires-Dist: {each}\n" for each in requires)).encode(),
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
        listed = record(files).decode().splitlines()[:-1]
        archive.writestr(f"{stem}.dist-info/RECORD", "\n".join([*listed, f"{stem}.dist-info/RECORD,,", ""]))
    path = folder / f"{stem}-py3-none-any.whl"
    path.write_bytes(content.getvalue())
    return path


def index(folder: Path) -> Path:
    """Packages of one module each that says its version."""
    wheel(folder, "tallyho", "1.5", {"tallyho.py": "VERSION = '1.5'\n"}, ["tally-core"])
    wheel(folder, "tallyho", "0.9", {"tallyho.py": "VERSION = '0.9'\n"})
    wheel(folder, "tally-core", "2.0", {"tally_core/__init__.py": "VERSION = '2.0'\n"})
    wheel(folder, "webcolors", "1.0", {"webcolors/__init__.py": "VERSION = '1.0'\n"})
    wheel(folder, "stands-in", "1.0", {"numpy.py": ""})
    wheel(folder, "old-torch", "1.0", {"old_torch.py": ""}, ["torch<2"])
    (folder / "sourced-1.0.tar.gz").write_bytes(b"never opened")
    return folder


def plugin(folder: Path, source: str = PLUGIN, requires: Sequence[str] = ASKS, name: str = NAME) -> Path:
    """The plugin's wheel."""
    package = name.replace("-", "_")
    manifest = MANIFEST.replace('settings = "andon_pump.plugin:Settings"\n', "")
    capabilities = manifest.replace('["contracts", "blueprints", "alarm_rules"]', '["blueprints"]')
    files = {
        f"{package}/__init__.py": "",
        f"{package}/plugin.py": source,
        f"{package}/andon-plugin.toml": capabilities,
        f"{package}-1.0.dist-info/entry_points.txt": f"[andon.plugins.v1]\nlayered = {package}.plugin\n",
    }
    return wheel(folder, name, "1.0", files, requires)
