"""What the manifest of a pack says, checked before any of it is believed."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from andon_sdk.plugin import Threshold
from services.fleet.errors import ArtefactMalformed
from services.fleet.layout import Layout
from services.fleet.pack import Pack

MANIFEST, MODELS, CALIBRATION = "manifest.json", "models.safetensors", "calibration.safetensors"
TABLES = (MODELS, CALIBRATION)
FORMAT = "andon-pack/2"
_SHA256_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Table:
    """One of the two files beside the manifest."""

    layout: Layout
    size: int
    """Bytes of the file."""
    sha256: str
    """Of the file."""
    rows: tuple[str, ...]
    """SHA-256 of each model's row."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a pack but its arrays."""

    assets: tuple[str, ...]
    blueprint_key: str
    blueprint_version: str
    threshold: Threshold
    return_rows: int
    history_rows: int
    essential: np.ndarray
    exogenous: np.ndarray
    facts: Mapping[str, Any]
    tables: Mapping[str, Table]

    @classmethod
    def of(cls, pack: Pack, tables: Mapping[str, Table]) -> "Manifest":
        return cls(
            assets=pack.assets,
            blueprint_key=pack.blueprint_key,
            blueprint_version=pack.blueprint_version,
            threshold=pack.threshold,
            return_rows=pack.return_rows,
            history_rows=pack.history_rows,
            essential=pack.essential,
            exogenous=pack.exogenous,
            facts=pack.facts,
            tables=tables,
        )

    def fields(self) -> dict[str, Any]:
        """Those of a `Pack`'s fields that the manifest holds."""
        names = ("assets", "blueprint_key", "blueprint_version", "threshold", "return_rows", "history_rows")
        return {name: getattr(self, name) for name in (*names, "essential", "exogenous", "facts")}

    def encode(self) -> bytes:
        """Equal manifests are equal bytes. `facts` must be JSON."""
        models, calibration = (self.tables[name] for name in TABLES)
        entries = [
            {"asset": asset, "models": row, "calibration": judges}
            for asset, row, judges in zip(self.assets, models.rows, calibration.rows, strict=True)
        ]
        files = {
            name: {"bytes": table.size, "sha256": table.sha256, "layout": table.layout.plain()}
            for name, table in self.tables.items()
        }
        rule = self.threshold
        plain = {
            "format": FORMAT,
            "models": entries,
            "files": files,
            "blueprint": {"key": self.blueprint_key, "version": self.blueprint_version},
            "threshold": {"quantile": rule.quantile, "factor": rule.factor, "smooth_rows": rule.smooth_rows},
            "return_rows": self.return_rows,
            "history_rows": self.history_rows,
            "essential": self.essential.tolist(),
            "exogenous": self.exogenous.tolist(),
            "facts": self.facts,
        }
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()

    @classmethod
    def decode(cls, data: bytes) -> "Manifest":
        """Raises ArtefactMalformed or ArtefactTooLarge."""
        try:
            return cls._parsed(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise ArtefactMalformed(f"{MANIFEST}: {type(error).__name__}: {error}"[:300]) from error

    @classmethod
    def _parsed(cls, plain: Any) -> "Manifest":
        if plain["format"] != FORMAT:
            raise ArtefactMalformed(f"{MANIFEST}: format {plain['format']!r} is not {FORMAT!r}"[:300])
        entries, blueprint, threshold = plain["models"], plain["blueprint"], _threshold(plain["threshold"])
        right = (
            isinstance(entries, list)
            and len(entries) > 0
            and all(isinstance(entry["asset"], str) for entry in entries)
            and isinstance(blueprint["key"], str)
            and isinstance(blueprint["version"], str)
            and _whole(plain["return_rows"], 0)
            and _whole(plain["history_rows"], 1)
            and _flags(plain["essential"])
            and _flags(plain["exogenous"])
            and len(plain["exogenous"]) == len(plain["essential"]) > 0
            and isinstance(plain["facts"], dict)
        )
        if not right or threshold is None:
            raise ArtefactMalformed(f"{MANIFEST}: a field has the wrong type or lies outside its range")
        rows = {MODELS: [entry["models"] for entry in entries], CALIBRATION: [e["calibration"] for e in entries]}
        return cls(
            assets=tuple(entry["asset"] for entry in entries),
            blueprint_key=blueprint["key"],
            blueprint_version=blueprint["version"],
            threshold=threshold,
            return_rows=plain["return_rows"],
            history_rows=plain["history_rows"],
            essential=np.array(plain["essential"], dtype=bool),
            exogenous=np.array(plain["exogenous"], dtype=bool),
            facts=plain["facts"],
            tables={name: _table(plain["files"][name], rows[name]) for name in TABLES},
        )


def _table(plain: Any, rows: list[Any]) -> Table:
    if not all(_digest(each) for each in (plain["sha256"], *rows)) or type(plain["bytes"]) is not int:
        raise ArtefactMalformed(f"{MANIFEST}: a digest or a size has the wrong type")
    return Table(Layout.parse(plain["layout"]), plain["bytes"], plain["sha256"], tuple(rows))


def _threshold(plain: Any) -> Threshold | None:
    quantile, factor = float(plain["quantile"]), float(plain["factor"])
    right = 0 < quantile <= 1 and factor > 0 and math.isfinite(factor) and _whole(plain["smooth_rows"], 1)
    return Threshold(quantile, factor, plain["smooth_rows"]) if right else None


def _flags(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, bool) for each in value)


def _digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == _SHA256_LENGTH


def _whole(value: Any, least: int) -> bool:
    return type(value) is int and least <= value <= 10_000
