"""What the machine can do at most, measured in the same run by the same processes."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import torch

_SIDE, _PRODUCTS = 1024, 24
PRODUCTS_FLOPS = _PRODUCTS * 2 * _SIDE**3
_FAR_BEYOND_CACHE = 64 << 20
READ_BYTES = 4 * _FAR_BEYOND_CACHE
_PIECE = 1 << 20


def multiply() -> None:
    """`PRODUCTS_FLOPS` operations as large float32 matrix products."""
    left, right, out = _squares()
    for _ in range(_PRODUCTS):
        torch.mm(left, right, out=out)


def read_memory() -> None:
    """Reads `READ_BYTES` of memory one after the other."""
    _long().max()


def read_files(paths: Iterable[Path], checked: bool = False) -> None:
    """Every byte of the files, in order; with the SHA-256 of each file if `checked`."""
    piece = memoryview(bytearray(_PIECE))
    for path in paths:
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while length := file.readinto(piece):
                if checked:
                    digest.update(piece[:length])


@lru_cache
def _squares() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.randn(_SIDE, _SIDE), torch.randn(_SIDE, _SIDE), torch.empty(_SIDE, _SIDE)


@lru_cache
def _long() -> torch.Tensor:
    return torch.ones(_FAR_BEYOND_CACHE)
