"""How a model lies in a file: all its arrays in one row of bytes, so that one model is one range of the file.

A file is a safetensors file with a single tensor uint8 [models, stride], which any reader of that format can open. The
layout says which arrays a row is made of; each begins at a multiple of eight bytes, so that a row can be used where it
lies, without a copy.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.fleet.errors import ArtefactMalformed, ArtefactTooLarge

MAX_HEADER = 4096
_MAX_FIELDS, _MAX_DIMENSIONS, _MAX_STRIDE = 4096, 8, 1 << 30
_ALIGNED = 8
KINDS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


@dataclass(frozen=True, slots=True)
class Field:
    """One array of a model."""

    name: str
    kind: str
    """One of `KINDS`."""
    shape: tuple[int, ...]
    """Without the axis of models."""
    offset: int
    """Bytes from the beginning of the row."""

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * np.dtype(self.kind).itemsize


@dataclass(frozen=True, slots=True)
class Layout:
    """The arrays of a row in the order of their names, one behind the other."""

    fields: tuple[Field, ...]
    stride: int
    """Bytes of a row."""

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "Layout":
        """Of arrays [models, ...]."""
        return cls._placed([(name, array.dtype.name, array.shape[1:]) for name, array in sorted(arrays.items())])

    @classmethod
    def _placed(cls, described: list[tuple[str, str, tuple[int, ...]]]) -> "Layout":
        fields: list[Field] = []
        end = 0
        for name, kind, shape in described:
            fields.append(Field(name, kind, shape, end))
            end = -(-(end + fields[-1].size) // _ALIGNED) * _ALIGNED
        return cls(tuple(fields), end)

    @classmethod
    def parse(cls, plain: Any) -> "Layout":
        """The inverse of `plain`. Raises ArtefactMalformed or ArtefactTooLarge."""
        if not isinstance(plain, list) or len(plain) > _MAX_FIELDS:
            raise ArtefactMalformed("the layout is no list, or one of too many arrays")
        described = [(entry["name"], entry["kind"], tuple(entry["shape"])) for entry in plain]
        for name, kind, shape in described:
            sizes = all(type(size) is int and 0 <= size <= _MAX_STRIDE for size in shape)
            if not isinstance(name, str) or kind not in KINDS or len(shape) > _MAX_DIMENSIONS or not sizes:
                raise ArtefactMalformed(f"the layout describes no array: {name!r} {kind!r} {shape!r}"[:300])
        layout = cls._placed(described)
        if layout.stride > _MAX_STRIDE:
            raise ArtefactTooLarge(f"a model of {layout.stride} bytes, {_MAX_STRIDE} are allowed")
        if layout.plain() != plain or len({name for name, *_ in described}) != len(described):
            raise ArtefactMalformed("the layout's arrays do not lie one behind the other")
        return layout

    def plain(self) -> list[dict[str, Any]]:
        """For the manifest."""
        return [{"name": f.name, "kind": f.kind, "shape": list(f.shape), "offset": f.offset} for f in self.fields]

    def rows(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """uint8 [models, stride]; gaps are zero, so that equal models are equal bytes."""
        models = len(next(iter(arrays.values())))
        rows = np.zeros((models, self.stride), np.uint8)
        for field in self.fields:
            flat = np.ascontiguousarray(arrays[field.name]).reshape(models, math.prod(field.shape))
            rows[:, field.offset : field.offset + field.size] = flat.view(np.uint8)
        return rows

    def arrays(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays [models, ...] where they lie in `rows` uint8 [models, stride]."""
        return {field.name: self._array(field, rows) for field in self.fields}

    def _array(self, field: Field, rows: np.ndarray) -> np.ndarray:
        kind = np.dtype(field.kind)
        inner = [kind.itemsize * math.prod(field.shape[axis + 1 :]) for axis in range(len(field.shape))]
        return np.ndarray(
            (len(rows), *field.shape), kind, buffer=rows.data, offset=field.offset, strides=(self.stride, *inner)
        )


def header(name: str, models: int, stride: int) -> bytes:
    """What stands before the rows; a multiple of eight bytes."""
    described = {"dtype": "U8", "shape": [models, stride], "data_offsets": [0, models * stride]}
    text = json.dumps({name: described}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNED)
    return struct.pack("<Q", len(text)) + text


def rows_of(data: np.ndarray, name: str, models: int, stride: int) -> np.ndarray:
    """The rows uint8 [models, stride] of a file's bytes, where they lie; looks at nothing but the header.

    Raises ArtefactTooLarge or ArtefactMalformed when the file holds anything else.
    """
    if len(data) < _ALIGNED:
        raise ArtefactMalformed(f"{name}: shorter than its header")
    (length,) = struct.unpack("<Q", data[:_ALIGNED].tobytes())
    if length > MAX_HEADER:
        raise ArtefactTooLarge(f"{name}: a header of {length} bytes, {MAX_HEADER} are allowed")
    expected = header(name, models, stride)
    if data[: len(expected)].tobytes() != expected:
        raise ArtefactMalformed(f"{name}: the header is not that of {models} models of {stride} bytes")
    if len(data) != len(expected) + models * stride:
        raise ArtefactMalformed(f"{name}: {len(data)} bytes, its header says {len(expected) + models * stride}")
    return data[len(expected) :].reshape(models, stride)
