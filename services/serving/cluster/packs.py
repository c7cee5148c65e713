"""Artefact packs on their way from the bucket into memory, and whether this environment may serve them.

A pack is fetched once into a folder that the replica shares with its children, and mapped from there: models and
calibration rows take memory where they are used, and only there.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from andon_sdk.plugin import Recipe
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.environment import refusal
from services.fleet.artefact import LIMITS, Pack, open_pack
from services.fleet.errors import ArtefactError, ArtefactMalformed, ArtefactTooLarge, DigestMismatch
from services.fleet.manifest import MANIFEST, Manifest
from services.kernel.subjects import artefact_object

log = logging.getLogger(__name__)

AWAY = (MinioException, HTTPError, OSError)
"""What is raised while the objects are away: to be tried again."""
_CHUNK = 1 << 20
_HIDDEN = "."


class PackRefused(Exception):
    """The pack may not be served here; the message says why, for people."""


class Packs:
    """Packs by digest; those in use are kept open."""

    def __init__(self, objects: Minio, bucket: str, offered: Mapping[str, OfferedBlueprint], folder: Path) -> None:
        """`folder` is where packs are fetched to; several of this class, in several processes, may share it."""
        self._objects = objects
        self._bucket = bucket
        self._offered = offered
        self._folder = folder
        self._here: dict[str, Pack] = {}

    async def get(self, digest: str) -> tuple[Pack, Recipe]:
        """The checked pack and the blueprint it was trained with. Raises `PackRefused`, `ArtefactError`, or what the
        object store raises when it is away."""
        if digest not in self._here:
            self._here[digest] = await asyncio.to_thread(self._open, digest)
        return self._here[digest], self.blueprint(self._here[digest])

    def keep(self, digests: Collection[str]) -> None:
        """Closes all others; their memory is free when nobody scores with them any more."""
        self._here = {digest: pack for digest, pack in self._here.items() if digest in digests}

    def discard(self, digests: Collection[str]) -> None:
        """Deletes what was fetched of all others. Who has one open keeps it; who wants it again fetches it again."""
        for place in self._folder.iterdir():
            if place.name not in digests and not place.name.startswith(_HIDDEN):
                self._drop(place)

    def blueprint(self, pack: Pack) -> Recipe:
        """Raises `PackRefused` when what is installed here is not what trained the pack."""
        offered = self._offered.get(pack.blueprint_key)
        if offered is None:
            raise PackRefused(f"No plugin installed here offers the blueprint “{pack.blueprint_key}”.")
        if reason := refusal(pack.facts, offered):
            raise PackRefused(reason)
        return offered.blueprint

    def _open(self, digest: str) -> Pack:
        place = self._folder / digest
        if place.is_dir():
            try:
                return open_pack(place, digest, calibration_checked=True)
            except (ArtefactError, FileNotFoundError) as error:
                log.warning("the pack %s is fetched again: %r", digest[:12], error)
        self._fetch(digest)
        return open_pack(place, digest, calibration_checked=True)

    def _fetch(self, digest: str) -> None:
        """The folder of the pack is there when all of it is there and right."""
        with tempfile.TemporaryDirectory(prefix=_HIDDEN, dir=self._folder, ignore_cleanup_errors=True) as some:
            whole = Path(some) / digest
            whole.mkdir()
            if self._copy(digest, MANIFEST, whole, LIMITS[MANIFEST]) != digest:
                raise DigestMismatch(f"the manifest is not the one of {digest}")
            for name, table in Manifest.decode((whole / MANIFEST).read_bytes()).tables.items():
                if self._copy(digest, name, whole, LIMITS[name]) != table.sha256:
                    raise DigestMismatch(f"{name} is not the one its manifest names")
            self._drop(self._folder / digest)
            try:
                whole.rename(self._folder / digest)
            except OSError:
                if not (self._folder / digest).is_dir():  # else another process was faster
                    raise

    def _copy(self, digest: str, name: str, folder: Path, limit: int) -> str:
        """The SHA-256 of what the file holds now."""
        key = artefact_object(digest, name)
        try:
            response = self._objects.get_object(self._bucket, key)
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise ArtefactMalformed(f"The object {key} is missing.") from error
            raise
        try:
            total, size = hashlib.sha256(), 0
            with (folder / name).open("wb") as file:
                for chunk in response.stream(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise ArtefactTooLarge(f"{key} is larger than {limit} bytes.")
                    total.update(chunk)
                    file.write(chunk)
            return total.hexdigest()
        finally:
            response.close()
            response.release_conn()

    def _drop(self, place: Path) -> None:
        """At once for who looks for it, though deleting takes a moment."""
        away = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=self._folder))
        with contextlib.suppress(FileNotFoundError):
            place.rename(away / place.name)
        shutil.rmtree(away, ignore_errors=True)


def own_folder(parent: Path) -> Path:
    """An empty folder for this process; those of processes that have ended are deleted."""
    parent.mkdir(parents=True, exist_ok=True)
    mine = parent / str(os.getpid())
    for place in parent.iterdir():
        if place == mine or not Path(f"/proc/{place.name}").exists():
            shutil.rmtree(place, ignore_errors=True)
    mine.mkdir()
    return mine
