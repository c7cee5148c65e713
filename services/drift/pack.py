"""References as bytes, of many assets at once."""

from collections.abc import Sequence

import numpy as np

from services.drift.measure import QUANTILES, Reference

_WIDTH = QUANTILES + 3
_LITTLE = np.dtype("<f8")
NOTHING = np.full(_WIDTH, np.nan, _LITTLE).tobytes()
"""Of one signal: that there is no reference."""


def written(references: Sequence[Reference]) -> list[bytes]:
    """Of each asset its signals, one after the other: quantiles, scale, limit, whether it is lively."""
    parts = [
        np.column_stack([one.quantiles, one.scale, one.limit, one.lively.astype(np.float64)]) for one in references
    ]
    content = np.stack(parts, axis=1).astype(_LITTLE).tobytes() if parts else b""
    size = len(parts) * _WIDTH * _LITTLE.itemsize
    return [content[start : start + size] for start in range(0, len(content), size)] if size else []


def read(content: Sequence[bytes], signals: int) -> list[Reference]:
    """The other way: of each signal a reference of all assets."""
    values = np.frombuffer(b"".join(content), _LITTLE).reshape(len(content), signals, _WIDTH)
    return [
        Reference(each[:, :QUANTILES], each[:, QUANTILES], each[:, QUANTILES + 1], each[:, QUANTILES + 2] > 0)
        for each in np.moveaxis(values, 1, 0)
    ]
