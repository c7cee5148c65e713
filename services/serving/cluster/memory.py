"""What a scorer remembers of its assets, kept in the tenant's bucket with the place in the stream it belongs to.

A scorer that starts again takes it up and scores what came after that place once more, so that windows, missing
signals and running medians are those of a scorer that never stopped, also of assets that report once a day.
"""

import asyncio
import io
import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import numpy as np
from minio import Minio
from minio.error import S3Error

from services.fleet.score import ScoreState
from services.kernel.subjects import handed_over_object, remembered_object
from services.serving.cluster.settings import ServingSettings

log = logging.getLogger(__name__)

ShelfName = tuple[UUID, int, str]
"""Contract, its version, and what tells shelves of the same version apart."""
_ARRAYS = ("since_missing", "window", "past")


@dataclass(frozen=True, slots=True)
class Remembered:
    """States after all messages up to `sequence` were scored and their scores were on disk, and none after it."""

    stream: str
    """Which incarnation of the stream and its consumer the sequence counts in."""
    sequence: int
    states: Mapping[ShelfName, ScoreState]
    scorers: int = 1
    """How many there are behind this place; each remembers the assets that it answers."""

    def encode(self) -> bytes:
        arrays: dict[str, np.ndarray] = {}
        for number, state in enumerate(self.states.values()):
            for name in ("keys", "assets"):
                arrays[f"{number}.{name}"] = np.array([text.encode() for text in getattr(state, name)], np.bytes_)
            arrays |= {f"{number}.{name}": getattr(state, name) for name in _ARRAYS}
        shelves = [(str(contract), version, tag) for contract, version, tag in self.states]
        head = {"stream": self.stream, "sequence": self.sequence, "scorers": self.scorers, "shelves": shelves}
        sink = io.BytesIO()
        np.savez(sink, head=np.frombuffer(json.dumps(head).encode(), np.uint8), allow_pickle=False, **arrays)
        return sink.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but encoded states."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                head = json.loads(arrays["head"].tobytes())
                states = {
                    (UUID(contract), int(version), str(tag)): _state(arrays, number)
                    for number, (contract, version, tag) in enumerate(head["shelves"])
                }
            return cls(str(head["stream"]), int(head["sequence"]), states, int(head["scorers"]))
        except (ValueError, LookupError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"not what a scorer remembers: {error!r}") from error


def _state(arrays: Mapping[str, np.ndarray], number: int) -> ScoreState:
    keys, assets = (tuple(arrays[f"{number}.{name}"].astype(str).tolist()) for name in ("keys", "assets"))
    since, window, past = (arrays[f"{number}.{name}"] for name in _ARRAYS)
    return ScoreState(keys, assets, since, window, past)


class Memory:
    """A place for what one scorer remembers. Methods raise what `packs.AWAY` names while the objects are away."""

    def __init__(self, objects: Minio, bucket: str, name: str) -> None:
        self._objects = objects
        self._bucket = bucket
        self._name = name

    @classmethod
    def of(cls, settings: ServingSettings, consumer: str) -> Self:
        """The place of the scorer behind that consumer."""
        return cls(settings.objects(), settings.bucket, remembered_object(consumer))

    def handed_over(self, sequence: int, consumer: str) -> "Memory":
        """The place in which that scorer leaves, at that message, what others go on with."""
        return Memory(self._objects, self._bucket, handed_over_object(sequence, consumer))

    async def keep(self, remembered: Remembered) -> None:
        """Replaces what was kept before."""
        await asyncio.to_thread(self._put, remembered)

    async def last(self) -> Remembered | None:
        """What was kept last. None where there is nothing, or nothing that can be read: then assets begin as new ones,
        which says so in the log and stops no row."""
        data = await asyncio.to_thread(self._get)
        try:
            return None if data is None else Remembered.decode(data)
        except ValueError as error:
            log.error("assets begin as new ones: %s is %s", self._name, error)
            return None

    def _put(self, remembered: Remembered) -> None:
        data = remembered.encode()
        self._objects.put_object(self._bucket, self._name, io.BytesIO(data), len(data))

    def _get(self) -> bytes | None:
        try:
            response = self._objects.get_object(self._bucket, self._name)
        except S3Error as error:
            if error.code == "NoSuchKey":
                return None
            raise
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()
