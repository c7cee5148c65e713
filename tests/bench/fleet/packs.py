"""Rows about packs: ten thousand models from files into a scorer, and the memory they take there."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from harness import Row, compare, show

from fleet.limits import read_files
from fleet.plant import ESSENTIAL, blueprint_of, fleet_rows, settings_of
from fleet.pool import alone, memory_mb
from services.fleet.artefact import Pack, digest_of, open_pack, pack_of, read_pack, save_pack, write_pack
from services.fleet.manifest import CALIBRATION, MANIFEST, MODELS
from services.fleet.score import Entry, Scorer
from services.fleet.train import train_fleet

BLOCK, FLEET = 64, 10_000
SEQUENTIAL = (MANIFEST, MODELS)
"""What loading reads; calibration rows stay in their file until a mask asks."""


def pack_rows(pairs: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="andon-packs-") as name:
        folder = Path(name)
        digests = _write_packs(folder)
        paths = [folder / digest / file for digest in digests for file in SEQUENTIAL]
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        reading = "reading the same bytes", (partial(read_files, paths), megabytes)
        checking = "reading and hashing them", (partial(read_files, paths, checked=True), megabytes)
        opening = partial(opened, folder, digests), megabytes
        serving = partial(scorer_of, folder, digests), megabytes
        found = [
            compare("pack_open_vs_read", "MB/s", opening, *reading, pairs),
            compare("pack_open_vs_checked_read", "MB/s", opening, *checking, pairs),
            compare("pack_load_vs_checked_read", "MB/s", serving, *checking, pairs),
        ]
        return [*found, _memory(folder, digests)]


def _write_packs(folder: Path) -> list[str]:
    """Packs of a block each that differ by what they note; models are those of one block."""
    trained = train_fleet(blueprint_of("dense"), fleet_rows(BLOCK), ESSENTIAL, settings_of("dense", epochs=1))
    first = pack_of(trained)
    digests = []
    for number in range(-(-FLEET // BLOCK)):
        pack = replace(first, facts={"number": number})
        pack = replace(pack, digest=digest_of(write_pack(pack)))
        save_pack(pack, folder)
        digests.append(pack.digest)
    return digests


def opened(folder: Path, digests: list[str], mapped: bool = True) -> list[Pack]:
    """Checked against their digests, as a replica opens what it has fetched."""
    if mapped:
        return [open_pack(folder / digest, digest, calibration_checked=True) for digest in digests]
    files = (MANIFEST, MODELS, CALIBRATION)
    return [read_pack({name: (folder / digest / name).read_bytes() for name in files}, digest) for digest in digests]


def scorer_of(folder: Path, digests: list[str], mapped: bool = True) -> Scorer:
    """A scorer of ten thousand slots."""
    blueprint, packs = blueprint_of("dense"), opened(folder, digests, mapped)
    return Scorer([Entry(f"{i}", f"{i}", packs[i // BLOCK], i % BLOCK, blueprint) for i in range(FLEET)])


def scorer_memory(folder: Path, digests: list[str], mapped: bool) -> tuple[dict[str, float], np.ndarray]:
    """In a process of its own: what it has resident more than before, in MB, and the scores of a block."""
    before = memory_mb()
    scorer = scorer_of(folder, digests, mapped)
    values = fleet_rows(BLOCK).values[: FLEET // 10].repeat(10, axis=0)
    block = scorer.score(np.arange(FLEET), values, None, scorer.state())
    return {name: value - before[name] for name, value in memory_mb().items()}, block.raw


def _memory(folder: Path, digests: list[str]) -> Row:
    (mapped, raw), (copied, other) = (alone(scorer_memory, folder, digests, way) for way in (True, False))
    np.testing.assert_array_equal(raw, other)
    row = Row(
        "pack_memory_vs_copied",
        mapped["RssAnon"],
        "MB",
        "packs read into memory",
        copied["RssAnon"],
        mapped["RssAnon"] / copied["RssAnon"],
        facts={"mapped_mb": mapped["RssFile"], "peak_mb": mapped["VmHWM"], "against_peak_mb": copied["VmHWM"]},
    )
    show(row)
    return row
