"""Wheels of a partner's plugin for pump stations, signed or not, in several versions."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from wheels import record

from andon_sdk.package import sign

NAME = "andon-pump"
MANIFEST = """\
manifest = 1
title = "Pumps"
summary = "Pump stations: contract, blueprint and alarm rule."
sector = "water"
capabilities = ["contracts", "blueprints", "alarm_rules"]
sdk = ">=0.1"
settings = "andon_pump.plugin:Settings"
"""
FORM = {
    "type": "object",
    "properties": {
        "site": {"type": "string", "minLength": 1, "title": "Site"},
        "token": {"type": "string", "format": "password", "writeOnly": True, "title": "Token"},
    },
    "required": ["site"],
    "additionalProperties": False,
}
PLUGIN = '''\
"""Pump stations."""
from andon_sdk.plugin import AlarmRule, Contract, Estimator, Signal, hook


def fit(rows, parameters):
    return {{"center": (rows.x * rows.seen).sum(0) / rows.seen.sum(0).clamp(min=1)}}


def score(model, x, seen, judged):
    return (x - model["center"]) ** 2 * judged


@hook
def contracts():
    return [Contract("pump-station", "Pump station", (Signal("flow", "Flow", "m3/h", 0, 900),), 60)]


@hook
def blueprints():
    return [Estimator("pump-watch", "Pump watch", "{version}", "pump-station", fit, score, stacked=True)]


@hook
def alarm_rules():
    return [AlarmRule("pump-{version}", "Pump", "pump-station")]
'''


def pump(
    folder: Path, version: str = "1.0.0", key: Path | None = None, source: str | None = None, sdk: str = ">=0.1"
) -> Path:
    """A wheel, signed with the private key where one is given."""
    info = f"andon_pump-{version}.dist-info"
    told = f"Metadata-Version: 2.4\nName: {NAME}\nVersion: {version}\nRequires-Python: >=3.11\n"
    contents: Mapping[str, bytes] = {
        "andon_pump/__init__.py": b'"""Pumps."""\n',
        "andon_pump/plugin.py": (source or PLUGIN.format(version=version)).encode(),
        "andon_pump/andon-plugin.toml": MANIFEST.replace(">=0.1", sdk).encode(),
        "andon_pump/andon-settings.json": json.dumps(FORM).encode(),
        f"{info}/METADATA": told.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": b"[andon.plugins.v1]\npump = andon_pump.plugin\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"andon_pump-{version}-py3-none-any.whl"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
        listed = record(contents).decode().splitlines()[:-1]
        archive.writestr(f"{info}/RECORD", "\n".join([*listed, f"{info}/RECORD,,", ""]))
    path.write_bytes(content.getvalue())
    if key is not None:
        sign(path, key)
    return path
