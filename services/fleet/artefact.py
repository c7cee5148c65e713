"""The pack as files: trained models of many assets, addressed by the digest of their content.

`manifest.json` says what the pack holds and gives the SHA-256 of the two other files and of every model in them;
`models.safetensors` and `calibration.safetensors` hold one row of bytes a model (see `layout`). The pack's digest is
the SHA-256 of the manifest, so it covers everything; the same input gives the same digest. One model can be read and
checked alone, by two ranges. A reader bounds what it allocates by the sizes it was told, before it believes any of
them, and never runs code from the files.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from services.fleet.errors import ArtefactMalformed, ArtefactTooLarge, DigestMismatch
from services.fleet.estimators import stack_of
from services.fleet.golden import golden_scores
from services.fleet.layout import Layout, header, rows_of
from services.fleet.manifest import CALIBRATION, MANIFEST, MODELS, TABLES, Manifest, Table
from services.fleet.pack import GOLDEN_ROWS, Arrays, Pack, calibration_table, models_table, parts_of
from services.fleet.thresholds import Judged, levels
from services.fleet.train import TrainedFleet

MAX_MANIFEST = 64 << 20
MAX_TABLE = 8 << 30
RETURN_ROWS = 5
LIMITS = {MANIFEST: MAX_MANIFEST, MODELS: MAX_TABLE, CALIBRATION: MAX_TABLE}
"""The files of a pack, in the order they are read, and how many bytes each may have."""

ReadRange = Callable[[str, int, int], bytes]
"""(file, first byte, bytes) → at most so many bytes of it."""


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
        levels=main_levels(trained),
        golden=np.zeros((len(trained.assets), 2, GOLDEN_ROWS), np.float32),
        calibration=trained.calibration,
        facts=dict(facts or {}),
        labelled=trained.labelled,
    )
    pack = replace(pack, golden=golden_scores(pack, trained.blueprint))
    return replace(pack, digest=digest_of(write_pack(pack)))


def main_levels(trained: TrainedFleet, labels: bool = True) -> np.ndarray:
    """float32 [n, 3]: `Levels` of the main models with every known signal, also as they would be without `labels`."""
    n = len(trained.known)
    judged = main_judged(trained)
    if not labels:
        judged = replace(judged, labelled=None)
    found = levels(judged, np.arange(n), np.arange(n), trained.known, trained.blueprint.threshold)
    return np.stack([found.threshold, found.typical, found.power], axis=1)


def main_judged(trained: TrainedFleet) -> Judged:
    """The main models with the rows that judge them."""
    n, signals = trained.known.shape
    stack = stack_of(trained.blueprint, signals, trained.exogenous)
    essential = np.repeat(trained.essential[None], n, 0)
    return Judged(stack, trained.main, trained.calibration, essential, trained.known, trained.labelled)


def digest_of(files: Mapping[str, bytes]) -> str:
    """The pack's address."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def write_pack(pack: Pack) -> dict[str, bytes]:
    """The three files by name, the manifest last. `facts` must be JSON; nothing in them may differ between equal runs,
    or digests do. Raises BlueprintUnfit for weights of a type that cannot be kept."""
    files: dict[str, bytes] = {}
    tables: dict[str, Table] = {}
    for name, arrays in ((MODELS, models_table(pack)), (CALIBRATION, calibration_table(pack))):
        layout = Layout.of(arrays)
        rows = layout.rows(arrays)
        files[name] = header(_tensor(name), *rows.shape) + rows.tobytes()
        each = tuple(hashlib.sha256(row).hexdigest() for row in rows)
        tables[name] = Table(layout, len(files[name]), hashlib.sha256(files[name]).hexdigest(), each)
    return {**files, MANIFEST: Manifest.of(pack, tables).encode()}


def save_pack(pack: Pack, folder: Path) -> Path:
    """Write the files into `folder`/<digest>, which is returned."""
    target = folder / pack.digest
    target.mkdir(parents=True, exist_ok=True)
    for name, data in write_pack(pack).items():
        (target / name).write_bytes(data)
    return target


def open_pack(folder: Path, digest: str, calibration_checked: bool = False) -> Pack:
    """The pack in a folder with its three files, which are mapped and not copied: a model's memory is taken when it is
    used, and given back when nobody holds the pack.

    `calibration_checked`: who put that file there has compared its digest, so that it need not be read before a row of
    it is asked for. Raises DigestMismatch, ArtefactTooLarge or ArtefactMalformed.
    """
    for name, limit in LIMITS.items():
        path = folder / name
        if not path.is_file():
            raise ArtefactMalformed(f"{name} is missing")
        _bound(name, path.stat().st_size, limit)
    manifest = _manifest((folder / MANIFEST).read_bytes(), digest)
    mapped = {name: _mapped(folder / name) for name in TABLES}
    for name, data in mapped.items():
        if not (calibration_checked and name == CALIBRATION):
            _check(manifest, name, data)
    return _assembled(digest, manifest, mapped)


def read_pack(files: Mapping[str, bytes], digest: str) -> Pack:
    """The pack of these files. Raises like `open_pack`."""
    for name, limit in LIMITS.items():
        if name not in files:
            raise ArtefactMalformed(f"{name} is missing")
        _bound(name, len(files[name]), limit)
    manifest = _manifest(files[MANIFEST], digest)
    data = {name: np.frombuffer(bytearray(files[name]), np.uint8) for name in TABLES}
    for name in TABLES:
        _check(manifest, name, data[name])
    return _assembled(digest, manifest, data)


def read_model(read: ReadRange, digest: str, index: int, *, checked: bool = True) -> Pack:
    """The one model at `index` of a pack, as a pack of one; of the other models nothing is read but their digests.
    Not `checked`, its rows may hold other numbers than the pack's, to see what they do.

    Raises IndexError when the pack has no such model, else like `open_pack`.
    """
    data = read(MANIFEST, 0, MAX_MANIFEST + 1)
    _bound(MANIFEST, len(data), MAX_MANIFEST)
    manifest = _manifest(data, digest)
    if not 0 <= index < len(manifest.assets):
        raise IndexError(f"the pack {digest[:12]} has {len(manifest.assets)} models, none at {index}")
    arrays: list[Arrays] = []
    for name in TABLES:
        table = manifest.tables[name]
        start = len(header(_tensor(name), len(manifest.assets), table.layout.stride)) + index * table.layout.stride
        row = read(name, start, table.layout.stride)
        if checked and hashlib.sha256(row).hexdigest() != table.rows[index]:
            raise DigestMismatch(f"{name}: model {index} is not that of {digest}")
        arrays.append(table.layout.arrays(np.frombuffer(bytearray(row), np.uint8).reshape(1, -1)))
    fields = {**manifest.fields(), "assets": manifest.assets[index : index + 1]}
    return Pack(digest=digest, **fields, **parts_of(arrays[0], arrays[1], len(manifest.essential)))


def _manifest(data: bytes, digest: str) -> Manifest:
    if hashlib.sha256(data).hexdigest() != digest:
        raise DigestMismatch(f"the manifest is not the one of {digest}")
    return Manifest.decode(data)


def _check(manifest: Manifest, name: str, data: np.ndarray) -> None:
    if hashlib.sha256(data.data).hexdigest() != manifest.tables[name].sha256:
        raise DigestMismatch(f"{name} is not the one its manifest names")


def _assembled(digest: str, manifest: Manifest, data: Mapping[str, np.ndarray]) -> Pack:
    arrays: list[Arrays] = []
    for name in TABLES:
        layout = manifest.tables[name].layout
        arrays.append(layout.arrays(rows_of(data[name], _tensor(name), len(manifest.assets), layout.stride)))
    return Pack(digest=digest, **manifest.fields(), **parts_of(arrays[0], arrays[1], len(manifest.essential)))


def _mapped(path: Path) -> np.ndarray:
    """uint8 [bytes]. Copied where somebody writes, so that torch takes it and the file stays as it is."""
    if not path.stat().st_size:
        return np.zeros(0, np.uint8)
    return np.asarray(np.memmap(path, np.uint8, "c"))


def _bound(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise ArtefactTooLarge(f"{name} has {size} bytes, {limit} are allowed")


def _tensor(name: str) -> str:
    return name.removesuffix(".safetensors")
