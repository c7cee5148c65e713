"""The pack: trained models of many assets in two files, addressed by the digest of their content.

`tensors.safetensors` holds every tensor stacked [models, ...]; `manifest.json` says what they are and holds the
SHA-256 of the first. The pack's digest is the SHA-256 of the manifest, so it covers both; the same input gives the
same digest. A reader bounds what it allocates by the sizes it was told, before it believes any of them.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from andon_sdk.plugin import Threshold
from services.fleet.errors import ArtefactMalformed, ArtefactTooLarge, DigestMismatch
from services.fleet.prepare import Rows
from services.fleet.stack import Stack, Weights
from services.fleet.thresholds import Judged, levels
from services.fleet.train import TrainedFleet

MANIFEST, TENSORS = "manifest.json", "tensors.safetensors"
FORMAT = "andon-pack/1"
MAX_HEADER = 1 << 20
MAX_MANIFEST = 64 << 20
MAX_TENSORS = 8 << 30
RETURN_ROWS = 5
_FIXED = (
    "center",
    "scale",
    "known",
    "levels",
    "calibration.x",
    "calibration.present",
    "calibration.counts",
    "calibration.part",
    "calibration.lead",
)


@dataclass(frozen=True, slots=True)
class Pack:
    """Models of n assets as they are served."""

    digest: str
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
    calibration: Rows
    facts: Mapping[str, Any]
    """What the writer noted: lineage, environment, metrics. Not interpreted here."""

    def __len__(self) -> int:
        return len(self.assets)


def pack_of(trained: TrainedFleet, facts: Mapping[str, Any] | None = None) -> Pack:
    """A pack of all assets of a run, with its digest."""
    pack = Pack(
        digest="",
        assets=trained.assets,
        blueprint_key=trained.blueprint.key,
        blueprint_version=trained.blueprint.version,
        threshold=trained.blueprint.threshold,
        return_rows=RETURN_ROWS,
        history_rows=trained.blueprint.history_rows,
        main=trained.main,
        fallback=trained.fallback,
        center=trained.center,
        scale=trained.scale,
        known=trained.known,
        essential=trained.essential,
        exogenous=trained.exogenous,
        levels=_levels(trained),
        calibration=trained.calibration,
        facts=dict(facts or {}),
    )
    return replace(pack, digest=digest_of(write_pack(pack)))


def _levels(trained: TrainedFleet) -> np.ndarray:
    n, signals = trained.known.shape
    stack = Stack.of(trained.blueprint, signals, trained.exogenous)
    essential = np.repeat(trained.essential[None], n, 0)
    judged = Judged(stack, trained.main, trained.calibration, essential, trained.known)
    found = levels(judged, np.arange(n), np.arange(n), trained.known, trained.blueprint.threshold)
    return np.stack([found.threshold, found.typical, found.power], axis=1)


def digest_of(files: Mapping[str, bytes]) -> str:
    """The pack's address."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def write_pack(pack: Pack) -> dict[str, bytes]:
    """The two files by name. `facts` must be JSON; nothing in them may differ between equal runs, or digests do."""
    tensors = {f"main.{k}": v for k, v in pack.main.items()} | {f"fallback.{k}": v for k, v in pack.fallback.items()}
    rows = pack.calibration
    arrays = (pack.center, pack.scale, pack.known, pack.levels, rows.x, rows.present, rows.counts, rows.part, rows.lead)
    tensors |= {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in zip(_FIXED, arrays, strict=True)}
    blob = save({name: tensor.detach().contiguous() for name, tensor in sorted(tensors.items())})
    manifest = {
        "format": FORMAT,
        "tensors": {"sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)},
        "assets": pack.assets,
        "blueprint": {"key": pack.blueprint_key, "version": pack.blueprint_version},
        "threshold": {
            "quantile": pack.threshold.quantile,
            "factor": pack.threshold.factor,
            "smooth_rows": pack.threshold.smooth_rows,
        },
        "return_rows": pack.return_rows,
        "history_rows": pack.history_rows,
        "essential": pack.essential.tolist(),
        "exogenous": pack.exogenous.tolist(),
        "facts": pack.facts,
    }
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return {MANIFEST: text.encode(), TENSORS: blob}


def save_pack(pack: Pack, folder: Path) -> Path:
    """Write the files into `folder`/<digest>, which is returned."""
    target = folder / pack.digest
    target.mkdir(parents=True, exist_ok=True)
    for name, data in write_pack(pack).items():
        (target / name).write_bytes(data)
    return target


def load_pack(folder: Path, digest: str) -> Pack:
    """Read a folder with the two files; see `read_pack`. Sizes are looked at before the files are."""
    files: dict[str, bytes] = {}
    for name, limit in ((MANIFEST, MAX_MANIFEST), (TENSORS, MAX_TENSORS)):
        path = folder / name
        if not path.is_file():
            raise ArtefactMalformed(f"{name} is missing")
        if path.stat().st_size > limit:
            raise ArtefactTooLarge(f"{name} has {path.stat().st_size} bytes, {limit} are allowed")
        files[name] = path.read_bytes()
    return read_pack(files, digest)


def read_pack(files: Mapping[str, bytes], digest: str) -> Pack:
    """Check and load. Raises DigestMismatch, ArtefactTooLarge or ArtefactMalformed; never runs code from the files."""
    for name, limit in ((MANIFEST, MAX_MANIFEST), (TENSORS, MAX_TENSORS)):
        if name not in files:
            raise ArtefactMalformed(f"{name} is missing")
        if len(files[name]) > limit:
            raise ArtefactTooLarge(f"{name} has {len(files[name])} bytes, {limit} are allowed")
    if digest_of(files) != digest:
        raise DigestMismatch(f"the manifest is not the one of {digest}")
    manifest = _manifest(files[MANIFEST])
    blob = files[TENSORS]
    if hashlib.sha256(blob).hexdigest() != manifest["tensors"]["sha256"]:
        raise DigestMismatch(f"the tensors are not those of {digest}")
    _check_header(blob)
    try:
        tensors = load(blob)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ArtefactMalformed(f"{TENSORS}: {error}") from error
    return _assemble(digest, manifest, tensors)


def _manifest(data: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
        if manifest["format"] != FORMAT:
            raise ArtefactMalformed(f"{MANIFEST}: format {manifest['format']!r} is not {FORMAT!r}")
        assets, threshold = manifest["assets"], manifest["threshold"]
        right = (
            isinstance(assets, list)
            and all(isinstance(asset, str) for asset in assets)
            and isinstance(manifest["tensors"]["sha256"], str)
            and isinstance(manifest["blueprint"]["key"], str)
            and isinstance(manifest["blueprint"]["version"], str)
            and 0 < float(threshold["quantile"]) <= 1
            and float(threshold["factor"]) > 0
            and 1 <= int(threshold["smooth_rows"]) <= 10_000
            and 0 <= int(manifest["return_rows"]) <= 10_000
            and 1 <= int(manifest["history_rows"]) <= 10_000
            and isinstance(manifest["essential"], list)
            and isinstance(manifest["exogenous"], list)
            and len(manifest["exogenous"]) == len(manifest["essential"])
            and isinstance(manifest["facts"], dict)
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtefactMalformed(f"{MANIFEST}: {type(error).__name__}: {error}") from error
    if not right:
        raise ArtefactMalformed(f"{MANIFEST}: a field has the wrong type or lies outside its range")
    return manifest


def _check_header(blob: bytes) -> None:
    if len(blob) < 8:
        raise ArtefactMalformed(f"{TENSORS}: shorter than its header")
    (length,) = struct.unpack("<Q", blob[:8])
    if length > MAX_HEADER:
        raise ArtefactTooLarge(f"{TENSORS}: a header of {length} bytes, {MAX_HEADER} are allowed")
    if length > len(blob) - 8:
        raise ArtefactMalformed(f"{TENSORS}: the header ends behind the file")


def _assemble(digest: str, manifest: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Pack:
    n, signals = len(manifest["assets"]), len(manifest["essential"])
    if missing := set(_FIXED) - set(tensors):
        raise ArtefactMalformed(f"{TENSORS}: no tensor {', '.join(sorted(missing))}")
    fixed = {name: tensors.pop(name).numpy() for name in _FIXED}
    shape = fixed["calibration.x"].shape
    expected = dict.fromkeys(("center", "scale", "known"), (n, signals))
    expected |= {"calibration.x": (n, *shape[1:2], signals), "calibration.present": shape}
    expected |= {"calibration.counts": (n,), "calibration.part": shape[:2], "calibration.lead": shape[:2]}
    expected["levels"] = (n, 3)
    kinds = {
        "levels": "f4",
        "center": "f8",
        "scale": "f8",
        "known": "?",
        "calibration.x": "f4",
        "calibration.present": "?",
    }
    kinds |= {"calibration.counts": "i8", "calibration.part": "i4", "calibration.lead": "?"}
    for name, array in fixed.items():
        if array.shape != expected[name] or array.dtype != np.dtype(kinds[name]):
            raise ArtefactMalformed(
                f"{TENSORS}: {name} is {array.dtype}{array.shape}, not {kinds[name]}{expected[name]}"
            )
    if not (np.isfinite(fixed["center"]).all() and (fixed["scale"] > 0).all() and np.isfinite(fixed["scale"]).all()):
        raise ArtefactMalformed(f"{TENSORS}: center and scale must be finite, scale above zero")
    halves: dict[str, Weights] = {"main": {}, "fallback": {}}
    for name, tensor in tensors.items():
        half, _, weight = name.partition(".")
        if half not in halves or tensor.shape[:1] != (n,):
            raise ArtefactMalformed(f"{TENSORS}: unexpected tensor {name!r} of shape {tuple(tensor.shape)}")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ArtefactMalformed(f"{TENSORS}: {name} holds a value that is not finite")
        halves[half][weight] = tensor
    if {k: v.shape for k, v in halves["main"].items()} != {k: v.shape for k, v in halves["fallback"].items()}:
        raise ArtefactMalformed(f"{TENSORS}: main and fallback models have different shapes")
    return Pack(
        digest=digest,
        assets=tuple(manifest["assets"]),
        blueprint_key=manifest["blueprint"]["key"],
        blueprint_version=manifest["blueprint"]["version"],
        threshold=Threshold(**manifest["threshold"]),
        return_rows=int(manifest["return_rows"]),
        history_rows=int(manifest["history_rows"]),
        essential=np.array(manifest["essential"], dtype=bool),
        exogenous=np.array(manifest["exogenous"], dtype=bool),
        facts=manifest["facts"],
        main=halves["main"],
        fallback=halves["fallback"],
        center=fixed["center"],
        scale=fixed["scale"],
        known=fixed["known"],
        levels=fixed["levels"],
        calibration=Rows(*(fixed[f"calibration.{name}"] for name in ("x", "present", "counts", "part", "lead"))),
    )
