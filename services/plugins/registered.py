"""Packages that a tenant's engineers registered themselves: kept, listed, moved from version to version, retired."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from packaging.utils import canonicalize_name

from services.kernel.clock import utc_now
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.plugins import found, offers, own
from services.plugins.contracts import Declared, NewOwnVersion, OwnFiles, OwnPlugin, OwnVersion, PackageState
from services.plugins.errors import (
    OwnVersionNotFound,
    OwnVersionTaken,
    PluginNameTaken,
    PluginUnusable,
    TooManyVersions,
)
from services.plugins.repository import Enablings, PipelineVersions
from services.plugins.tables import EnablingRow, PipelineVersionRow

MOST_VERSIONS, MOST_PLUGINS = 200, 200
"""Of a package, and packages of a tenant."""


async def keep_own(
    uow: UnitOfWork, principal: Principal, new: NewOwnVersion, together: Callable[[Sequence[Declared]], None]
) -> tuple[OwnVersion, bool]:
    """Lets the tenant have a package and use it from the next run on; the version that it used until now is kept as the
    one to go back to. Answers the version, and whether it is new: what is known already by its content is answered, and
    used again where it was retired.

    Raises `PluginNameTaken`, `OwnVersionTaken`, `TooManyVersions` and what `together` raises.
    """
    principal.require(Permission.REGISTER_PIPELINES)
    store = PipelineVersions(uow)
    await store.lock_all()
    known = {row.version: row for row in await store.all() if row.plugin == new.name}
    _check_name(new.name)
    row, fresh = _same(known.values(), new), False
    if row is None:
        if new.version in known:
            raise OwnVersionTaken(
                f"{new.name} {new.version} is registered with other content. Give the pipeline another version number: "
                "what ran under one must stay known.",
                plugin=new.name,
                version=new.version,
            )
        await _check_room(uow, new.name, len(known))
        row, fresh = _row(uow, principal, new, await store.newest_number(new.name) + 1), True
        await store.add(row)
    if fresh or not await _is_used(uow, row.plugin):
        await _use(uow, principal, row)
    together(await own_and_others(uow))
    if own.state_of(row)[0] is PackageState.MODIFIED:
        own.keep_files(uow.tenant, row.wheel, new.unpacked)
    return _version(row, new.link.get("proof")), fresh


async def use_own(
    uow: UnitOfWork, principal: Principal, version_id: UUID, together: Callable[[Sequence[Declared]], None]
) -> OwnPlugin:
    """Uses that version from the next run on. Raises `OwnVersionNotFound`, `PluginUnusable` where its files are not
    what was registered or it is not for this Andon any more, and what `together` raises."""
    principal.require(Permission.REGISTER_PIPELINES)
    row = await PipelineVersions(uow).get(version_id)
    if row is None:
        raise OwnVersionNotFound("There is no such version of a pipeline.", field="pipelineVersionId")
    state, reasons = own.state_of(row)
    if state is not PackageState.OWN:
        told = {"plugin": row.plugin, "version": row.version, "state": state.value}
        raise PluginUnusable(f"{row.plugin} {row.version} is {state.value}. {' '.join(reasons)}", **told)
    plugin = await _use(uow, principal, row)
    together(await own_and_others(uow))
    [found] = await get_own(uow, principal, [plugin])
    return found


async def retire_own(uow: UnitOfWork, principal: Principal, plugin_id: UUID) -> OwnPlugin:
    """Uses no version of it any more; all are kept. Raises `OwnVersionNotFound`."""
    principal.require(Permission.REGISTER_PIPELINES)
    for row in await Enablings(uow).own(None, [plugin_id]):
        row.enabled = False
        await _save(uow, principal, row)
        [found] = await get_own(uow, principal, [plugin_id])
        return found
    raise OwnVersionNotFound("There is no such pipeline.", field="pipelineId")


async def list_own(uow: UnitOfWork, principal: Principal, first: int = 50, after: str | None = None) -> list[OwnPlugin]:
    """A page by name; `after` is the last name seen."""
    principal.require(Permission.REGISTER_PIPELINES)
    return await _seen(uow, await Enablings(uow).own_page(first, after))


async def get_own(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[OwnPlugin]:
    """Those of `ids` that exist, by name."""
    principal.require(Permission.REGISTER_PIPELINES)
    return await _seen(uow, await Enablings(uow).own(None, ids))


async def own_by_names(uow: UnitOfWork, principal: Principal, names: Collection[str]) -> list[OwnPlugin]:
    """Those of these names that exist, by name."""
    principal.require(Permission.REGISTER_PIPELINES)
    return await _seen(uow, await Enablings(uow).own(names, None))


async def own_files(uow: UnitOfWork, principal: Principal, version_ids: Collection[UUID]) -> list[OwnFiles]:
    """What the wheels of those that exist say of their notebooks, and whether their files are what was registered."""
    principal.require(Permission.REGISTER_PIPELINES)
    return [
        OwnFiles(row.id, *own.state_of(row), row.link, own.files_of(TenantId(row.tenant_id), row.wheel) / row.package)
        for row in await PipelineVersions(uow).whole(version_ids)
    ]


async def own_version(uow: UnitOfWork, principal: Principal, version_id: UUID) -> OwnVersion:
    """Raises `OwnVersionNotFound`."""
    principal.require(Permission.REGISTER_PIPELINES)
    for row in await PipelineVersions(uow).whole([version_id]):
        return _version(row, row.link.get("proof"))
    raise OwnVersionNotFound("There is no such version of a pipeline.", field="pipelineVersionId")


async def own_and_others(uow: UnitOfWork) -> list[Declared]:
    """Everything that the tenant uses: what is installed with Andon but for what it disabled, packages of the catalogue
    that it enabled, and its own."""
    rows = await Enablings(uow).all()
    mine = await used_own(uow, rows)
    return [*offers.used(rows, {row.plugin for row in mine}), *own.declared(mine)]


async def used_own(uow: UnitOfWork, rows: Mapping[str, EnablingRow]) -> list[PipelineVersionRow]:
    """Versions of its own that the tenant uses. One that bears the name of what came with a later Andon is left out."""
    if not offers.has_packages(rows):
        return []
    core = {each.name for each in found.core()}
    return [row for row in await PipelineVersions(uow).used() if row.plugin not in core]


def _check_name(name: str) -> None:
    """Raises `PluginNameTaken` for a name of a plugin that anybody may have."""
    taken = [each.name for each in found.core()] + [package.name for package, _ in offers.usable()]
    if canonicalize_name(name) in {canonicalize_name(each) for each in taken}:
        raise PluginNameTaken(
            f"{name} is the name of a plugin of this installation, in whose place the pipeline would stand. Call the "
            "pipeline otherwise.",
            plugin=name,
        )


async def _check_room(uow: UnitOfWork, name: str, versions: int) -> None:
    if versions >= MOST_VERSIONS:
        message = f"{name} has {versions} versions, which is the most there may be. Give it another name."
        raise TooManyVersions(message, limit=MOST_VERSIONS)
    if not versions and len(await Enablings(uow).own(None, None)) >= MOST_PLUGINS:
        raise TooManyVersions(f"A tenant has at most {MOST_PLUGINS} pipelines.", limit=MOST_PLUGINS)


def _same(known: Iterable[PipelineVersionRow], new: NewOwnVersion) -> PipelineVersionRow | None:
    return next((row for row in known if row.files == new.files), None)


async def _is_used(uow: UnitOfWork, name: str) -> bool:
    row = await Enablings(uow).locked(name)
    return row is not None and row.enabled


async def _use(uow: UnitOfWork, principal: Principal, version: PipelineVersionRow) -> UUID:
    """Answers the id of the package."""
    row = await Enablings(uow).locked(version.plugin)
    if row is None:
        row = EnablingRow(
            tenant_id=uow.tenant, plugin=version.plugin, enabled=True, settings={}, changed_by=principal.name
        )
    if row.version is not None and row.version != version.version:
        row.former_version = row.version
    row.enabled, row.version = True, version.version
    await _save(uow, principal, row)
    return row.id


async def _save(uow: UnitOfWork, principal: Principal, row: EnablingRow) -> None:
    row.changed_by, row.changed_at = principal.name, utc_now()
    uow.session.add(row)
    await uow.session.flush()


def _row(uow: UnitOfWork, principal: Principal, new: NewOwnVersion, number: int) -> PipelineVersionRow:
    return PipelineVersionRow(
        tenant_id=uow.tenant,
        id=new_id(),
        plugin=new.name,
        version=new.version,
        number=number,
        wheel=new.wheel,
        files=new.files,
        digest=new.digest,
        bytes=new.bytes,
        title=new.title,
        summary=new.summary,
        sector=new.sector,
        package=new.package,
        sdk=new.sdk,
        declared=dict(new.declared),
        link=dict(new.link),
        registered_by=principal.name,
        registered_at=utc_now(),
    )


async def _seen(uow: UnitOfWork, rows: Sequence[EnablingRow]) -> list[OwnPlugin]:
    versions: dict[str, list[OwnVersion]] = defaultdict(list)
    for row, proof in await PipelineVersions(uow).of([row.plugin for row in rows]) if rows else ():
        versions[row.plugin].append(_version(row, proof))
    return [
        OwnPlugin(
            id=row.id,
            name=row.plugin,
            enabled=row.enabled,
            version=row.version or "",
            former_version=row.former_version,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            versions=tuple(versions[row.plugin]),
        )
        for row in rows
    ]


def _version(row: PipelineVersionRow, proof: Any) -> OwnVersion:
    return OwnVersion(
        id=row.id,
        plugin=row.plugin,
        version=row.version,
        number=row.number,
        content=row.files,
        wheel=row.wheel,
        bytes=row.bytes,
        title=row.title,
        summary=row.summary,
        blueprints=tuple(each["key"] for each in row.declared.get("blueprints", ())),
        proof=proof if isinstance(proof, dict) else None,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
    )
