"""The content of a snapshot and its digest. No I/O; numpy and the standard library only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

FORMAT = 1
_MISSING = np.frombuffer(np.uint64(0x7FF8_0000_0000_0000).tobytes(), np.float64)[0]
"""One pattern of bits for every missing value, so that equal rows have equal bytes."""


@dataclass(frozen=True, slots=True)
class SignalColumn:
    key: str
    unit: str


@dataclass(frozen=True, slots=True)
class AssetContent:
    id: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the digest is over: columns in the contract's order, assets in order of their ids."""

    contract: str
    signals: tuple[SignalColumn, ...]
    assets: tuple[AssetContent, ...]

    @property
    def rows(self) -> int:
        return sum(asset.rows for asset in self.assets)

    @property
    def digest(self) -> str:
        """Lower-case hexadecimal SHA-256."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a snapshot without one does not exist. `content` is what is digested; the rest says how it came."""

    content: Content
    parts: tuple[str, ...]
    contract_version: int
    start: str
    end: str

    def to_json(self) -> bytes:
        return json.dumps({"format": FORMAT, "digest": self.content.digest, **asdict(self)}, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Raises `KeyError`, `TypeError`, `ValueError` when the text is no manifest of this format."""
        body: Mapping[str, Any] = json.loads(data)
        if body["format"] != FORMAT:
            raise ValueError(f"manifest format {body['format']!r} is not {FORMAT}")
        content = Content(
            contract=body["content"]["contract"],
            signals=tuple(SignalColumn(**signal) for signal in body["content"]["signals"]),
            assets=tuple(AssetContent(**asset) for asset in body["content"]["assets"]),
        )
        return cls(content, tuple(body["parts"]), body["contract_version"], body["start"], body["end"])


@dataclass(slots=True)
class AssetDigest:
    """Digest of one asset's rows, fed in pieces in order of time; how it is cut into pieces does not matter."""

    signals: int
    rows: int = 0
    _columns: list[Any] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        self._columns = [hashlib.sha256() for _ in range(self.signals + 1)]

    def feed(self, time: np.ndarray, values: Sequence[np.ndarray]) -> None:
        """time: int64 µs since 1970 [rows]; values: a float64 [rows] per signal, NaN where missing."""
        self.rows += len(time)
        self._columns[0].update(np.ascontiguousarray(time, "<i8"))
        for column, digest in zip(values, self._columns[1:], strict=True):
            digest.update(np.ascontiguousarray(np.where(np.isnan(column), _MISSING, column), "<f8"))

    def hexdigest(self) -> str:
        joined = b"".join(column.digest() for column in self._columns)
        return hashlib.sha256(self.rows.to_bytes(8, "little") + joined).hexdigest()
