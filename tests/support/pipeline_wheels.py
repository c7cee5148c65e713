"""Wheels of pipeline packages, as a notebook's deployment writes them."""

import asyncio
import base64
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.enclaves.platform import Platform
from services.kernel.rights import Principal
from services.pipelines import api as pipelines
from services.pipelines.contracts import Candidate, PipelineVersion
from services.pipelines.examining import examined
from services.plugins import api as plugins

NAME = "bench-wear"
LINK: dict[str, Any] = {
    "format": 1,
    "contract": "laser-drill",
    "notebook": "wear.ipynb",
    "parameters": [
        {"key": "spread", "kind": "float", "default": 1.0, "low": 0.5, "high": 4.0, "help": "Width of the normal band"},
        {"key": "robust", "kind": "bool", "default": True, "help": "", "choices": []},
    ],
    "graph": {
        "steps": [
            {"name": "clean", "cells": [3], "takes": [], "gives": ["rows"], "parameters": [], "after": []},
            {"name": "centre", "cells": [4, 5], "takes": ["rows"], "gives": ["centre"], "parameters": ["robust"],
             "after": ["clean"]},
            {"name": "build", "cells": [6], "takes": [], "gives": ["recipe"], "parameters": ["spread"], "after": []},
        ],
        "metrics": {"name": "metrics", "cells": [7], "takes": ["centre", "rows"], "gives": ["auc"], "parameters": [],
                    "after": ["clean", "centre"]},
        "recipe": ["build"],
    },
    "proof": {"state": "proven", "metrics": {"auc": 0.93, "rows": 1200}, "tolerance": 1e-6, "snapshot": "a" * 64},
    "environment": {"python": "3.11", "packages": {"torch": "2.13.0", "numpy": "2.3.1"}},
    "findings": [
        {"rule": "unseeded", "severity": "warning", "cell": 4, "line": 2, "what": "`rand` has no seed.",
         "why": "Two runs differ.", "fix": "Call `manual_seed` first."}
    ],
}  # fmt: skip
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
MANIFEST = """\
manifest = 1
title = "Wear of the bench"
summary = "Made from wear.ipynb."
sector = "any"
capabilities = [{capabilities}]
sdk = "{sdk}"
{more}"""
PLUGIN = '''\
"""What the notebook's recipe became."""
from andon_sdk.plugin import Estimator, Parameter, hook

SPREAD = Parameter("spread", "Spread", 1.0, 0.5, 4.0, help="Width of the normal band")


def fit(rows, parameters):
    return {{"center": (rows.x * rows.seen).sum(0) / rows.seen.sum(0).clamp(min=1) * parameters["spread"]}}


def score(model, x, seen, judged):
    return (x - model["center"]) ** 2 * judged


@hook
def blueprints():
    return [Estimator("{key}", "Wear of the bench", "{version}", {contract}, fit, score, stacked=True, tuned=(SPREAD,))]
'''


def pipeline(
    folder: Path,
    version: str = "1.0",
    *,
    name: str = NAME,
    key: str | None = None,
    contract: str | None = "laser-drill",
    source: str | None = None,
    link: Mapping[str, Any] | None = LINK,
    sdk: str = ">=0.1",
    capabilities: tuple[str, ...] = ("blueprints",),
    more: str = "",
    extra: Mapping[str, bytes] | None = None,
    alter: bytes | None = None,
) -> Path:
    """Writes the wheel. `link` None leaves `link.json` out; `extra` are further files of it, by name, and `alter` is
    what stands in them though RECORD says otherwise."""
    package = name.replace("-", "_").lower()
    info = f"{package}-{version}.dist-info"
    told = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nRequires-Python: >=3.11\n"
    written = PLUGIN.format(key=key or name, version=version, contract=repr(contract))
    hooks = ", ".join(f'"{each}"' for each in capabilities)
    files: dict[str, bytes] = {
        f"{package}/__init__.py": b'"""Made from a notebook."""\n',
        f"{package}/plugin.py": (source or written).encode(),
        f"{package}/andon-plugin.toml": MANIFEST.format(sdk=sdk, capabilities=hooks, more=more).encode(),
        f"{package}/wear.ipynb": json.dumps(NOTEBOOK).encode(),
        f"{info}/METADATA": told.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[andon.plugins.v1]\n{package} = {package}.plugin\n".encode(),
        **(extra or {}),
    }
    if link is not None:
        files[f"{package}/link.json"] = json.dumps(link).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, alter if alter is not None and file in (extra or {}) else content)
        archive.writestr(f"{info}/RECORD", _record(files, info))
    return path


async def registered(platform: Platform, principal: Principal, wheel: Path) -> PipelineVersion:
    """What a tenant has once its engineer registered the wheel."""
    with tempfile.TemporaryDirectory(dir=plugins.own_scratch(principal.tenant)) as folder:
        candidate = Candidate(await asyncio.to_thread(examined, wheel, Path(folder)), wheel)
        async with platform.database.unit(principal.tenant) as uow:
            made = await pipelines.register(uow, principal, platform, candidate)
            await uow.commit()
    return made


def _record(files: Mapping[str, bytes], info: str) -> str:
    lines = [
        f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for file, content in files.items()
    ]
    return "\n".join([*lines, f"{info}/RECORD,,", ""])
