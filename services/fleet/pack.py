"""Models of some assets as they are served, and the two tables of bytes they are kept in.

The table of *models* holds what scoring needs of each: weights of main and fallback, scaling, levels, golden scores.
The table of *calibration* holds the rows that judge it under masks not met before; it is larger, and most of it is
never read. Rows of labelled events lie beside these, where a model of the pack has any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from andon_sdk.plugin import Threshold
from services.fleet.errors import ArtefactMalformed, BlueprintUnfit
from services.fleet.prepare import Rows
from services.fleet.stack import Weights

GOLDEN_ROWS = 16
_HALVES = ("main", "fallback")
_CALIBRATION = ("x", "present", "part", "lead")
_LABELLED = "labelled."

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Pack:
    """Models of n assets. Arrays may lie in a mapped file; nobody writes to them."""

    digest: str
    """Of the pack the models were read from."""
    assets: tuple[str, ...]
    blueprint_key: str
    blueprint_version: str
    threshold: Threshold
    return_rows: int
    """Rows in a row with a value after which a signal that was missing counts as present again."""
    history_rows: int
    main: Weights
    fallback: Weights
    center: np.ndarray
    scale: np.ndarray
    known: np.ndarray
    essential: np.ndarray
    exogenous: np.ndarray
    """bool [signals], as `essential`: given to the models, not judged."""
    levels: np.ndarray
    """float32 [n, 3]: threshold, typical score and power (see `Levels`) of the main model with every known signal."""
    golden: np.ndarray
    """float32 [n, 2, GOLDEN_ROWS]: raw scores where the models were trained, see `golden`."""
    calibration: Rows
    facts: Mapping[str, Any]
    """What the writer noted: lineage, environment, metrics. Not interpreted here."""
    labelled: Rows | None = None
    """Rows of events that were judged abnormal, which move thresholds; None where no model has any."""

    def __len__(self) -> int:
        return len(self.assets)


def models_table(pack: Pack) -> Arrays:
    """Arrays [n, ...] by name. Raises BlueprintUnfit for weights of a type that cannot be kept."""
    found = {
        "center": pack.center,
        "scale": pack.scale,
        "known": pack.known,
        "levels": pack.levels,
        "golden": pack.golden,
        "calibration_rows": pack.calibration.counts,
    }
    if pack.labelled is not None:
        found["labelled_rows"] = pack.labelled.counts
    for half in _HALVES:
        for name, value in getattr(pack, half).items():
            try:
                found[f"{half}.{name}"] = value.detach().numpy()
            except TypeError as error:
                raise BlueprintUnfit(
                    f"{pack.blueprint_key}: weights of type {value.dtype} ({name}) cannot be kept. Use float32."
                ) from error
    return found


def calibration_table(pack: Pack) -> Arrays:
    """Arrays [n, rows, ...] by name."""
    found = {name: getattr(pack.calibration, name) for name in _CALIBRATION}
    if pack.labelled is not None:
        found |= {f"{_LABELLED}{name}": getattr(pack.labelled, name) for name in _CALIBRATION}
    return found


def parts_of(models: Arrays, calibration: Arrays, signals: int) -> dict[str, Any]:
    """The fields of a `Pack` that the two tables hold. Of calibration only shapes are looked at.

    Raises ArtefactMalformed for arrays that are missing, of another shape or type, or not finite.
    """
    has_labels = "labelled_rows" in models
    _expect(models, _models_kinds(signals) | ({"labelled_rows": ("int64", ())} if has_labels else {}), exact=False)
    prefixes = ("", _LABELLED) if has_labels else ("",)
    widths = {prefix: _width(calibration, f"{prefix}x") for prefix in prefixes}
    kinds = {f"{p}{name}": kind for p in prefixes for name, kind in _calibration_kinds(widths[p], signals).items()}
    _expect(calibration, kinds, exact=True)
    center, scale = models["center"], models["scale"]
    if not (np.isfinite(center).all() and (scale > 0).all() and np.isfinite(scale).all()):
        raise ArtefactMalformed("center and scale must be finite, scale above zero")
    rows = {p: _rows(models, calibration, p, widths[p]) for p in prefixes}
    halves = _halves({name: array for name, array in models.items() if "." in name})
    fixed = {name: models[name] for name in ("center", "scale", "known", "levels", "golden")}
    return {**fixed, **halves, "calibration": rows[""], "labelled": rows.get(_LABELLED)}


def _width(arrays: Arrays, name: str) -> int:
    return arrays[name].shape[1] if name in arrays and arrays[name].ndim == 3 else 0


def _rows(models: Arrays, calibration: Arrays, prefix: str, width: int) -> Rows:
    key = "labelled_rows" if prefix else "calibration_rows"
    counts = models[key]
    if ((counts < 0) | (counts > width)).any():
        raise ArtefactMalformed(f"{key} must lie between 0 and {width}")
    x, present, part, lead = (calibration[f"{prefix}{name}"] for name in _CALIBRATION)
    return Rows(x, present, counts, part, lead)


def _models_kinds(signals: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        "center": ("float64", (signals,)),
        "scale": ("float64", (signals,)),
        "known": ("bool", (signals,)),
        "levels": ("float32", (3,)),
        "golden": ("float32", (2, GOLDEN_ROWS)),
        "calibration_rows": ("int64", ()),
    }


def _calibration_kinds(width: int, signals: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        "x": ("float32", (width, signals)),
        "present": ("bool", (width, signals)),
        "part": ("int32", (width,)),
        "lead": ("bool", (width,)),
    }


def _expect(arrays: Arrays, kinds: Mapping[str, tuple[str, tuple[int, ...]]], exact: bool) -> None:
    if missing := set(kinds) - set(arrays):
        raise ArtefactMalformed(f"no array {', '.join(sorted(missing))}")
    if other := {name for name in arrays if name not in kinds and (exact or "." not in name)}:
        raise ArtefactMalformed(f"unexpected array {', '.join(sorted(other))}"[:300])
    for name, (kind, shape) in kinds.items():
        array = arrays[name]
        if array.dtype.name != kind or array.shape[1:] != shape:
            raise ArtefactMalformed(f"{name} is {array.dtype}{array.shape[1:]}, not {kind}{shape}")


def _halves(arrays: Arrays) -> dict[str, Weights]:
    halves: dict[str, Weights] = {half: {} for half in _HALVES}
    for name, array in arrays.items():
        half, _, weight = name.partition(".")
        if half not in halves:
            raise ArtefactMalformed(f"unexpected array {name!r}"[:300])
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ArtefactMalformed(f"{name} holds a value that is not finite")
        halves[half][weight] = torch.from_numpy(array)
    shapes = [{name: (value.shape, value.dtype) for name, value in weights.items()} for weights in halves.values()]
    if shapes[0] != shapes[1]:
        raise ArtefactMalformed("main and fallback models have different shapes")
    return halves
