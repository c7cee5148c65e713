"""Wheels for tests, true ones and hostile ones, written as setuptools would or as it never would."""

import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

MANIFEST = """\
manifest = 1
title = "Pumps"
summary = "Pump stations: contract and alarm rule."
sector = "water"
capabilities = ["contracts", "alarm_rules"]
sdk = ">=0.1"
hosts = ["historian.example.com:4840"]

[locales.de]
title = "Pumpen"
summary = "Pumpwerke: Vertrag und Alarmregel."
"""
PLUGIN = "from andon_sdk.plugin import hook\n"
INFO = "andon_pump-0.1.0.dist-info"


def files(manifest: str = MANIFEST, **metadata: str) -> dict[str, bytes]:
    """Everything in the wheel of a plugin called andon-pump, but RECORD."""
    told = {
        "Metadata-Version": "2.4",
        "Name": "andon-pump",
        "Version": "0.1.0",
        "Requires-Python": ">=3.11",
        **metadata,
    }
    return {
        "andon_pump/__init__.py": b'"""Pumps."""\n',
        "andon_pump/plugin.py": PLUGIN.encode(),
        "andon_pump/andon-plugin.toml": manifest.encode(),
        f"{INFO}/METADATA": "".join(f"{key}: {value}\n" for key, value in told.items()).encode(),
        f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/entry_points.txt": b"[andon.plugins.v1]\npump = andon_pump.plugin\n",
    }


def record(contents: Mapping[str, bytes]) -> bytes:
    """RECORD of these files."""
    lines = [
        f"{name},sha256={urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for name, content in contents.items()
    ]
    return "\n".join([*lines, f"{INFO}/RECORD,,", ""]).encode()


def wheel(folder: Path, contents: Mapping[str, bytes] | None = None, *, told: bytes | None = None) -> Path:
    """Writes a wheel of these files; `told` stands for RECORD where it is to lie."""
    contents = files() if contents is None else contents
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "andon_pump-0.1.0-py3-none-any.whl"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
        archive.writestr(f"{INFO}/RECORD", record(contents) if told is None else told)
    path.write_bytes(content.getvalue())
    return path
