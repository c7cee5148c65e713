"""The only door to pipelines: packages that a tenant's engineers made of notebooks.

Registering goes in two steps. `examine` fetches the staged wheel, judges it and asks it in its box what it declares,
and holds no transaction meanwhile; `register` lets the tenant have it, in one.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from services.blueprints import api as blueprints
from services.budgets import api as budgets
from services.bulk import api as bulk
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.pipelines.contracts import Candidate, Notebook, Pipeline, PipelineVersion, VersionDetails
from services.pipelines.errors import NotAWheel, NotebookNotFound, PipelineInUse, TooManyAtOnce
from services.pipelines.examining import examined
from services.pipelines.link import link, proof
from services.plugins import api as plugins
from services.plugins.contracts import OwnFiles, OwnPlugin, OwnVersion, PackageState
from services.plugins.errors import OwnVersionNotFound
from services.registry import api as registry

MOST_BYTES = 100_000_000
"""Of a wheel."""
PREFIX = "pipelines/"
"""Of wheels in the tenant's bucket, by their digest."""
_AT_ONCE = 4
"""Wheels that a process looks at; one of each tenant, so that no tenant waits for another's."""
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,180}\.whl", re.ASCII)
_looking: set[TenantId] = set()


@asynccontextmanager
async def examine(
    platform: Platform, principal: Principal, upload_id: UUID, file_name: str
) -> AsyncIterator[Candidate]:
    """The wheel of a staged file, judged and asked; its files lie there until the end of the `with`.

    `file_name` is the wheel's own, which says what it is for. Raises `UploadNotFound`, `UploadNotStaged`,
    `FileTooLarge`, `TooManyAtOnce`, and what `examining.examined` raises.
    """
    principal.require(Permission.REGISTER_PIPELINES)
    if not _NAME.fullmatch(file_name):
        raise NotAWheel(
            f"“{file_name[:100]}” is no name of a wheel: send the one it was built with, such as "
            "drill_wear-1.0-py3-none-any.whl.",
            field="fileName",
        )
    if principal.tenant in _looking or len(_looking) >= _AT_ONCE:
        raise TooManyAtOnce("Another pipeline is being looked at. Try again in some seconds.", retry_after=5)
    _looking.add(principal.tenant)
    try:
        with tempfile.TemporaryDirectory(dir=plugins.own_scratch(principal.tenant)) as folder:
            wheel = Path(folder) / file_name
            await bulk.fetch_staged(platform, principal, upload_id, wheel, MOST_BYTES)
            yield Candidate(await asyncio.to_thread(examined, wheel, Path(folder)), wheel)
    finally:
        _looking.discard(principal.tenant)


async def register(uow: UnitOfWork, principal: Principal, platform: Platform, candidate: Candidate) -> PipelineVersion:
    """Lets the tenant have what was examined, and use it from the next run on. The same content again is the version
    that it was, and is used again where it was retired.

    Raises `StorageFull`, `PluginNameTaken`, `OwnVersionTaken`, `TooManyVersions`, `PluginClashes` for one that declares
    what another plugin of the tenant does.
    """
    principal.require(Permission.REGISTER_PIPELINES)
    new = candidate.new
    if new.bytes > (room := await budgets.storage_room(uow, 0)):
        raise budgets.storage_is_full(room, new.bytes)
    kept, fresh = await plugins.keep_own(uow, principal, new, blueprints.check_together)
    if fresh:
        bucket = await platform.objects.bucket(uow.tenant)
        name = f"{PREFIX}{new.wheel}.whl"
        await asyncio.to_thread(bucket.client.fput_object, bucket.name, name, str(candidate.wheel))
    return _version(kept)


async def list_pipelines(
    uow: UnitOfWork, principal: Principal, first: int = 50, after: str | None = None
) -> list[Pipeline]:
    """A page by name; `after` is the last name seen."""
    return [_pipeline(each) for each in await plugins.list_own(uow, principal, first, after)]


async def get_pipelines(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Pipeline]:
    """Those of `ids` that exist, by name."""
    return [_pipeline(each) for each in await plugins.get_own(uow, principal, ids)]


async def pipelines_by_names(uow: UnitOfWork, principal: Principal, names: Collection[str]) -> dict[str, Pipeline]:
    """Those of these names that exist."""
    return {each.name: _pipeline(each) for each in await plugins.own_by_names(uow, principal, names)}


async def get_version(uow: UnitOfWork, principal: Principal, version_id: UUID) -> PipelineVersion:
    """Raises `OwnVersionNotFound`."""
    return _version(await plugins.own_version(uow, principal, version_id))


async def get_details(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[VersionDetails]:
    """What wheels say of their notebooks, of those versions that exist, in no order."""
    return [_details(each) for each in await plugins.own_files(uow, principal, ids)]


async def get_notebook(uow: UnitOfWork, principal: Principal, version_id: UUID) -> Notebook:
    """The notebook as it was registered. Raises `OwnVersionNotFound`, `NotebookNotFound`."""
    for files in await plugins.own_files(uow, principal, [version_id]):
        name = link(files.link).notebook
        path = files.folder / (name or "")
        if name is None or not path.is_file() or files.state is PackageState.MODIFIED:
            raise NotebookNotFound("The package brings no notebook, or its files are not what was registered.")
        return Notebook(name, path)
    raise OwnVersionNotFound("There is no such version of a pipeline.", field="id")


async def count_champions(uow: UnitOfWork, principal: Principal, names: Collection[str]) -> dict[str, int]:
    """Assets whose champion is a pipeline's model, by the pipeline's name."""
    principal.require(Permission.REGISTER_PIPELINES)
    return await registry.count_champions_of(uow, principal, names)


async def use_version(uow: UnitOfWork, principal: Principal, version_id: UUID) -> Pipeline:
    """Uses that version from the next run on: another one, the one before, or one of a pipeline that was retired.

    Raises `OwnVersionNotFound`, `PluginClashes`.
    """
    return _pipeline(await plugins.use_own(uow, principal, version_id, blueprints.check_together))


async def retire(uow: UnitOfWork, principal: Principal, pipeline_id: UUID) -> Pipeline:
    """Uses it no more; its versions are kept. Raises `OwnVersionNotFound`, `PipelineInUse` while champions are its
    models."""
    principal.require(Permission.REGISTER_PIPELINES)
    found = _pipeline(await plugins.retire_own(uow, principal, pipeline_id))
    assets = (await registry.count_champions_of(uow, principal, [found.name])).get(found.name, 0)
    if assets:
        raise PipelineInUse(
            f"{found.name} made the champion of {assets} assets, which could not be scored without it. Train them with "
            "another blueprint first.",
            field="pipelineId",
            pipeline=found.name,
            assets=assets,
        )
    return found


def _pipeline(own: OwnPlugin) -> Pipeline:
    return Pipeline(
        id=own.id,
        name=own.name,
        enabled=own.enabled,
        version=own.version,
        former_version=own.former_version,
        changed_by=own.changed_by,
        changed_at=own.changed_at,
        versions=tuple(_version(each) for each in own.versions),
    )


def _version(own: OwnVersion) -> PipelineVersion:
    return PipelineVersion(
        id=own.id,
        pipeline=own.plugin,
        version=own.version,
        number=own.number,
        content=own.content,
        bytes=own.bytes,
        title=own.title,
        summary=own.summary,
        blueprints=own.blueprints,
        proof=proof(own.proof),
        registered_by=own.registered_by,
        registered_at=own.registered_at,
    )


def _details(files: OwnFiles) -> VersionDetails:
    return VersionDetails(files.id, files.state, files.reasons, link(files.link))
