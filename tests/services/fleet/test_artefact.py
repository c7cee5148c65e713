import hashlib
import json
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from services.fleet.artefact import (
    CALIBRATION,
    LIMITS,
    MANIFEST,
    MODELS,
    digest_of,
    open_pack,
    read_model,
    read_pack,
    save_pack,
    write_pack,
)
from services.fleet.errors import ArtefactError, ArtefactMalformed, ArtefactTooLarge, BlueprintUnfit, DigestMismatch
from services.fleet.pack import Pack


def forged(packed: dict[str, bytes], table: bytes | None = None, **fields: object) -> tuple[dict[str, bytes], str]:
    """Files changed by somebody who also made the digests right."""
    table = packed[MODELS] if table is None else table
    manifest = json.loads(packed[MANIFEST])
    manifest["files"][MODELS] |= {"sha256": hashlib.sha256(table).hexdigest(), "bytes": len(table)}
    new = packed | {MANIFEST: json.dumps(manifest | fields).encode(), MODELS: table}
    return new, digest_of(new)


def reader(files: dict[str, bytes], read: list[tuple[str, int]] | None = None):
    """Ranges of files in memory; notes (file, bytes) in `read`."""

    def ranged(name: str, start: int, length: int) -> bytes:
        data = files[name][start : start + length]
        if read is not None:
            read.append((name, len(data)))
        return data

    return ranged


def assert_same_model(one: Pack, i: int, other: Pack, j: int) -> None:
    for half in ("main", "fallback"):
        for name, value in getattr(one, half).items():
            assert torch.equal(value[i], getattr(other, half)[name][j])
    for name in ("center", "scale", "known", "levels", "golden"):
        np.testing.assert_array_equal(getattr(one, name)[i], getattr(other, name)[j])
    for name in ("x", "present", "part", "lead", "counts"):
        np.testing.assert_array_equal(getattr(one.calibration, name)[i], getattr(other.calibration, name)[j])


def test_round_trip(pack, tmp_path):
    again = open_pack(save_pack(pack, tmp_path), pack.digest)
    assert (again.assets, again.threshold, again.facts) == (pack.assets, pack.threshold, {"note": "test"})
    for place in range(len(pack)):
        assert_same_model(again, place, pack, place)
    assert write_pack(again) == write_pack(pack)
    assert write_pack(read_pack(write_pack(pack), pack.digest)) == write_pack(pack)


def test_the_tables_are_safetensors_of_a_row_a_model(pack):
    files = write_pack(pack)
    for name, key in ((MODELS, "models"), (CALIBRATION, "calibration")):
        rows = load(files[name])[key]
        entries = json.loads(files[MANIFEST])["models"]
        assert [hashlib.sha256(row).hexdigest() for row in rows] == [entry[key] for entry in entries]
        assert len(files[name]) - rows.nbytes < 128
    assert [entry["asset"] for entry in entries] == list(pack.assets)


def test_a_model_is_read_alone(pack):
    files, read = write_pack(pack), []
    alone = read_model(reader(files, read), pack.digest, 4)
    assert (alone.assets, alone.digest) == (pack.assets[4:5], pack.digest)
    assert_same_model(alone, 0, pack, 4)
    stride = {name: load(files[name])[name.removesuffix(".safetensors")].shape[1] for name in (MODELS, CALIBRATION)}
    assert read == [(MANIFEST, len(files[MANIFEST])), *stride.items()]
    with pytest.raises(IndexError, match="has 9 models, none at 9"):
        read_model(reader(files), pack.digest, 9)


def test_a_damaged_model_is_noticed_alone_and_leaves_its_neighbours(pack):
    files = write_pack(pack)
    rows = load(files[MODELS])["models"].copy()
    rows[4, 0] ^= 1
    damaged = files | {MODELS: save({"models": rows})}
    with pytest.raises(DigestMismatch, match="model 4"):
        read_model(reader(damaged), pack.digest, 4)
    assert_same_model(read_model(reader(damaged), pack.digest, 5), 0, pack, 5)
    with pytest.raises(DigestMismatch):
        read_model(reader(files | {MANIFEST: files[MANIFEST] + b" "}), pack.digest, 5)


def test_every_flipped_byte_is_noticed(pack, tmp_path):
    files = write_pack(pack)
    folder = save_pack(pack, tmp_path)
    for name in files:
        for place in range(0, len(files[name]), max(1, len(files[name]) // 50)):
            broken = bytearray(files[name])
            broken[place] ^= 1
            with pytest.raises(DigestMismatch):
                read_pack(files | {name: bytes(broken)}, pack.digest)
        (folder / name).write_bytes(broken)
        with pytest.raises(DigestMismatch):
            open_pack(folder, pack.digest)
        (folder / name).write_bytes(files[name])


@pytest.mark.parametrize("size", [0, 7, 8, 100, -1])
def test_truncated_tables(pack, size, tmp_path):
    files, digest = forged(write_pack(pack), write_pack(pack)[MODELS][:size])
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ArtefactMalformed):
        open_pack(tmp_path, digest)


def test_a_cut_calibration_is_noticed_without_reading_it(pack, tmp_path):
    folder = save_pack(pack, tmp_path)
    (folder / CALIBRATION).write_bytes(write_pack(pack)[CALIBRATION][:-8])
    with pytest.raises(ArtefactMalformed, match="its header says"):
        open_pack(folder, pack.digest, calibration_checked=True)


def test_huge_header_is_refused_before_it_is_read(pack):
    files, digest = forged(write_pack(pack), struct.pack("<Q", 1 << 40) + b"{}")
    with pytest.raises(ArtefactTooLarge):
        read_pack(files, digest)


@pytest.mark.parametrize("name", LIMITS)
def test_huge_files_are_refused_before_they_are_read(pack, tmp_path, monkeypatch, name):
    folder = save_pack(pack, tmp_path)
    monkeypatch.setitem(LIMITS, name, (folder / name).stat().st_size - 1)
    with pytest.raises(ArtefactTooLarge):
        open_pack(folder, pack.digest)
    with pytest.raises(ArtefactTooLarge):
        read_pack(write_pack(pack), pack.digest)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("center", lambda a: a[:, :2]),
        ("center", lambda a: a * np.nan),
        ("scale", np.zeros_like),
        ("levels", lambda a: a.astype(np.float64)),
        ("golden", lambda a: a[:, :1]),
    ],
)
def test_lying_models(pack, name, change):
    files = write_pack(replace(pack, **{name: change(getattr(pack, name))}))
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest_of(files))


@pytest.mark.parametrize("change", [lambda a: a * float("nan"), lambda a: a[:, :3], lambda a: a.double()])
def test_lying_weights(pack, change):
    weight = "layers.0.weight"
    files = write_pack(replace(pack, main=pack.main | {weight: change(pack.main[weight])}))
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest_of(files))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x", lambda a: a.astype(np.float64)),
        ("present", lambda a: a[:, :2]),
        ("counts", lambda a: a + 10_000),
        ("counts", lambda a: a - 10_000),
    ],
)
def test_lying_calibration(pack, name, change):
    rows = replace(pack.calibration, **{name: change(getattr(pack.calibration, name))})
    files = write_pack(replace(pack, calibration=rows))
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest_of(files))


def changed(place: int, **fields: Any) -> Any:
    """Of a layout: one array described in another way."""
    return lambda layout: [entry | fields if number == place else entry for number, entry in enumerate(layout)]


@pytest.mark.parametrize(
    "change",
    [
        changed(0, offset=8),
        changed(1, offset=0),
        changed(0, shape=[-1]),
        changed(0, shape=[1 << 40]),
        changed(0, shape=[1 << 29, 1 << 29]),
        changed(0, shape=[1] * 40),
        changed(0, shape="6"),
        changed(0, kind="object"),
        changed(0, kind="float32"),
        changed(2, name="center"),
        changed(0, name=None),
        lambda layout: layout[1:],
        lambda layout: layout * 2000,
        lambda layout: {},
        lambda layout: [{}],
    ],
)
def test_lying_layout(pack, change):
    files = write_pack(pack)
    manifest = json.loads(files[MANIFEST])["files"]
    manifest[MODELS]["layout"] = change(manifest[MODELS]["layout"])
    with pytest.raises(ArtefactError):
        read_pack(*forged(files, files=manifest))


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "other"},
        {"models": "abc"},
        {"models": []},
        {"models": [{"asset": "a", "models": "0" * 64, "calibration": "0" * 64}]},
        {"models": [{"asset": "a", "models": 1, "calibration": "0" * 64}] * 9},
        {"models": ["a"] * 9},
        {"files": {}},
        {"threshold": {"quantile": 2, "factor": 1, "smooth_rows": 3}},
        {"threshold": {"quantile": 0.9, "factor": 1, "smooth_rows": 10**9}},
        {"essential": [True]},
        {"essential": [1] * 6},
        {"essential": []},
        {"exogenous": [True]},
        {"exogenous": [0] * 6},
        {"facts": None},
        {"return_rows": "many"},
        {"history_rows": 0},
    ],
)
def test_lying_manifest(pack, fields):
    with pytest.raises(ArtefactError):
        read_pack(*forged(write_pack(pack), **fields))


def test_nested_manifest(pack):
    files = write_pack(pack) | {MANIFEST: b"[" * 200_000}
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest_of(files))


def test_missing_file(pack, tmp_path):
    with pytest.raises(ArtefactMalformed, match="is missing"):
        open_pack(tmp_path, pack.digest)
    with pytest.raises(ArtefactMalformed, match="is missing"):
        read_pack({MANIFEST: write_pack(pack)[MANIFEST]}, pack.digest)


def test_weights_of_a_type_that_cannot_be_kept(pack):
    weights = {name: value.bfloat16() for name, value in pack.main.items()}
    with pytest.raises(BlueprintUnfit, match=r"bfloat16 .* Use float32"):
        write_pack(replace(pack, main=weights, fallback=weights))
