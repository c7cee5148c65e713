import hashlib
import json
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from services.fleet.artefact import MANIFEST, TENSORS, digest_of, load_pack, read_pack, save_pack, write_pack
from services.fleet.errors import ArtefactError, ArtefactMalformed, ArtefactTooLarge, DigestMismatch


def forged(files: dict[str, bytes], tensors: bytes | None = None, **fields: object) -> tuple[dict[str, bytes], str]:
    """Files changed by somebody who also made the digests right."""
    tensors = files[TENSORS] if tensors is None else tensors
    manifest = json.loads(files[MANIFEST]) | fields
    manifest["tensors"] = {"sha256": hashlib.sha256(tensors).hexdigest(), "bytes": len(tensors)}
    new = {MANIFEST: json.dumps(manifest).encode(), TENSORS: tensors}
    return new, digest_of(new)


def test_round_trip(pack, tmp_path):
    again = load_pack(save_pack(pack, tmp_path), pack.digest)
    assert (again.assets, again.threshold, again.facts) == (pack.assets, pack.threshold, {"note": "test"})
    np.testing.assert_array_equal(again.center, pack.center)
    for name, value in pack.fallback.items():
        assert torch.equal(again.fallback[name], value)
    assert write_pack(again) == write_pack(pack)


def test_every_flipped_byte_is_noticed(pack):
    files = write_pack(pack)
    for name in files:
        for place in range(0, len(files[name]), max(1, len(files[name]) // 50)):
            broken = bytearray(files[name])
            broken[place] ^= 1
            with pytest.raises(DigestMismatch):
                read_pack(files | {name: bytes(broken)}, pack.digest)


@pytest.mark.parametrize("size", [0, 7, 8, 100])
def test_truncated_tensors(pack, size):
    files, digest = forged(write_pack(pack), write_pack(pack)[TENSORS][:size])
    with pytest.raises(ArtefactMalformed):
        read_pack(files, digest)


def test_huge_header_is_refused_before_it_is_read(pack):
    files, digest = forged(write_pack(pack), struct.pack("<Q", 1 << 40) + b"{}")
    with pytest.raises(ArtefactTooLarge):
        read_pack(files, digest)


def test_lying_tensors(pack):
    files = write_pack(pack)
    tensors = load(files[TENSORS])
    for name, value in (
        ("center", torch.zeros(2, 2, dtype=torch.float64)),
        ("scale", torch.zeros_like(tensors["scale"])),
        ("main.layers.0.weight", tensors["main.layers.0.weight"] * float("nan")),
        ("main.layers.0.weight", tensors["main.layers.0.weight"][:3]),
        ("other.weight", tensors["center"].clone()),
        ("calibration.x", tensors["calibration.x"].double()),
    ):
        with pytest.raises(ArtefactMalformed):
            read_pack(*forged(files, save(tensors | {name: value.contiguous()})))


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "other"},
        {"assets": "abc"},
        {"assets": ["a"]},
        {"threshold": {"quantile": 2, "factor": 1, "smooth_rows": 3}},
        {"threshold": {"quantile": 0.9, "factor": 1, "smooth_rows": 10**9}},
        {"essential": [True]},
        {"facts": None},
        {"return_rows": "many"},
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
        load_pack(tmp_path, pack.digest)
