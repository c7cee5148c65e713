"""Artefact packs on their way from the bucket into memory, and whether this environment may serve them."""

import asyncio
from collections.abc import Collection, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from andon_sdk.plugin import Blueprint
from services.blueprints.contracts import OfferedBlueprint
from services.fleet.artefact import MANIFEST, MAX_MANIFEST, MAX_TENSORS, TENSORS, Pack, read_pack
from services.fleet.errors import ArtefactMalformed, ArtefactTooLarge
from services.kernel.subjects import artefact_object

AWAY = (MinioException, HTTPError, OSError)
"""What is raised while the objects are away: to be tried again."""
_LIMITS = {MANIFEST: MAX_MANIFEST, TENSORS: MAX_TENSORS}
_BOUND_TO = ("torch",)
"""Distributions whose first two version numbers must be those that trained."""


class PackRefused(Exception):
    """The pack may not be served here; the message says why, for people."""


class Packs:
    """Packs by digest; those in use are kept in memory."""

    def __init__(self, objects: Minio, bucket: str, offered: Mapping[str, OfferedBlueprint]) -> None:
        self._objects = objects
        self._bucket = bucket
        self._offered = offered
        self._here: dict[str, Pack] = {}

    async def get(self, digest: str) -> tuple[Pack, Blueprint]:
        """The checked pack and the blueprint it was trained with. Raises `PackRefused`, `ArtefactError`, or what the
        object store raises when it is away."""
        if digest not in self._here:
            self._here[digest] = await asyncio.to_thread(self._load, digest)
        return self._here[digest], self.blueprint(self._here[digest])

    def keep(self, digests: Collection[str]) -> None:
        """Frees all others."""
        self._here = {digest: pack for digest, pack in self._here.items() if digest in digests}

    def blueprint(self, pack: Pack) -> Blueprint:
        """Raises `PackRefused` when what is installed here is not what trained the pack."""
        offered = self._offered.get(pack.blueprint_key)
        if offered is None:
            raise PackRefused(f"No plugin installed here offers the blueprint “{pack.blueprint_key}”.")
        if reason := difference(pack.facts, offered):
            raise PackRefused(reason)
        return offered.blueprint

    def _load(self, digest: str) -> Pack:
        files = {name: self._read(artefact_object(digest, name), limit) for name, limit in _LIMITS.items()}
        return read_pack(files, digest)

    def _read(self, name: str, limit: int) -> bytes:
        try:
            response = self._objects.get_object(self._bucket, name)
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise ArtefactMalformed(f"The object {name} is missing.") from error
            raise
        try:
            if int(response.headers.get("Content-Length", 0)) > limit:
                raise ArtefactTooLarge(f"{name} is larger than {limit} bytes.")
            return response.read()
        finally:
            response.close()
            response.release_conn()


def difference(facts: Mapping[str, Any], offered: OfferedBlueprint) -> str | None:
    """Why a pack with these facts must not be served in this environment; None when it may."""
    trained = facts.get("environment", {})
    for name in _BOUND_TO:
        here = _installed(name)
        if name in trained and _minor(str(trained[name])) != _minor(here):
            return f"It was trained with {name} {trained[name]}; {here or 'none'} serves here. Train it again."
    plugin = facts.get("plugin", {})
    if plugin.get("digest") and plugin["digest"] != offered.plugin.digest:
        return (
            f"The plugin {offered.plugin.name} is not the one that trained it "
            f"({_short(plugin['digest'])}, here {_short(offered.plugin.digest)}). Train it again."
        )
    return None


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _minor(text: str) -> tuple[str, ...]:
    return tuple(text.split("+", maxsplit=1)[0].split(".")[:2])


def _short(digest: str) -> str:
    return digest[:12]
