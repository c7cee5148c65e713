"""The only door to plugins: what they declare, which of it a tenant uses, and what they did that they must not."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.enclaves.contracts import BoxPlugin, BoxPlugins
from services.enclaves.platform import Ground
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.plugins import found, host, offers, own, registered, settings
from services.plugins.contracts import (
    NEXT,
    USABLE,
    Declared,
    Fault,
    FaultKind,
    Installation,
    OfferedVersion,
    TenantPlugin,
)
from services.plugins.environments import Environments, clashes
from services.plugins.errors import PluginClashes, PluginNotFound, PluginSettingsInvalid, PluginUnusable
from services.plugins.own import ask_once, content_of
from services.plugins.own import scratch as own_scratch
from services.plugins.registered import (
    get_own,
    keep_own,
    list_own,
    own_by_names,
    own_files,
    own_version,
    retire_own,
    use_own,
)
from services.plugins.repository import Enablings, PipelineVersions
from services.plugins.tables import EnablingRow

__all__ = [
    "Clash",
    "ask_once",
    "content_of",
    "core",
    "core_problems",
    "disable",
    "enable",
    "everything",
    "for_box",
    "get_own",
    "keep_own",
    "list_own",
    "list_plugins",
    "note_clash",
    "own_by_names",
    "own_files",
    "own_scratch",
    "own_version",
    "put_settings",
    "retire_own",
    "use_own",
    "used",
]
Clash = Callable[[Sequence[Declared]], None]
"""Raises for plugins that cannot be used side by side."""


def core() -> list[Declared]:
    """What is installed with Andon and can be used, by name."""
    return host.hosting().declared(found.core())


def everything() -> list[Declared]:
    """Of each plugin that any tenant may use the newest version, what is installed with Andon first."""
    newest: dict[str, Installation] = {}
    for package, installation in offers.usable():
        newest.setdefault(package.name, installation)
    return [*core(), *host.hosting().declared(list(newest.values()))]


async def used(uow: UnitOfWork) -> list[Declared]:
    """What the tenant uses: what is installed with Andon but for what it disabled, the packages that it enabled and its
    own."""
    return await registered.own_and_others(uow)


async def for_box(uow: UnitOfWork, unsealed: Callable[[str], str]) -> BoxPlugins:
    """What the tenant's boxes are given. A package that is faulty, or that was changed on disk, is not."""
    rows, core_names = await Enablings(uow).all(), {each.name for each in found.core()}
    mine = await registered.used_own(uow, rows)
    found_ones = [*offers.used(rows, {row.plugin for row in mine}), *own.for_box(mine)]
    usable = {each.plugin.name: each.plugin for each in found_ones}
    mounted = tuple(
        BoxPlugin(
            name,
            each.digest,
            each.paths,
            {**rows[name].settings, **_secrets(unsealed, rows[name])},
            each.environment,
        )
        for name, each in sorted(usable.items())
        if name not in core_names
    )
    return BoxPlugins(mounted, tuple(sorted(core_names - set(usable))))


def path_of(plugin: Installation) -> tuple[str, ...]:
    """Folders that it is run with, in the order Python looks into them."""
    apart = () if plugin.environment is None else (plugin.environment,)
    return (*apart, *sys.path, *plugin.paths)


def own_packages(plugin: Installation) -> dict[str, str]:
    """Versions by name of what it has of its own, beside Andon's or in place of it."""
    if plugin.environment is None:
        return {}
    made = Environments(host.hosting().folder).get(Path(plugin.environment).name)
    return {**made.added, **made.replaced} if made is not None else {}


async def list_plugins(uow: UnitOfWork, principal: Principal) -> list[TenantPlugin]:
    """All there are, by name, as the tenant uses them."""
    principal.require(Permission.MANAGE_PLUGINS)
    rows = await Enablings(uow).all()
    offered = await _all_offers(uow)
    return [_seen(name, offered.get(name, ()), rows.get(name)) for name in sorted({*offered, *rows})]


async def enable(
    uow: UnitOfWork, principal: Principal, ground: Ground, name: str, version: str | None, together: Clash
) -> TenantPlugin:
    """Lets the tenant use it, from the next run on: in that version, else in the one it used, else in the newest. The
    version that it used until now is kept as the one to go back to.

    Raises `PluginNotFound`, `PluginUnusable`, `PluginSettingsInvalid` where settings do not fit the version's form,
    `PluginClashes` where another plugin adds a package in another version, and what `together` raises.
    """
    principal.require(Permission.MANAGE_PLUGINS)
    row = await Enablings(uow).locked(name)
    offer = await _offered(uow, name, version or (row.version if row else None))
    _check_usable(offer)
    if row is None:
        row = EnablingRow(tenant_id=uow.tenant, plugin=name, enabled=False, settings={}, changed_by=principal.name)
    if offer.settings is not None:
        settings.checked(name, offer.settings, row.settings, _secrets(ground.vault.open, row))
    fresh = None if offer.added_at is None else offer.version
    if row.version is not None and fresh != row.version:
        row.former_version = row.version
    row.enabled, row.version = True, fresh
    await _save(uow, principal, row)
    now = await used(uow)
    together(now)
    _check_environments(now, name)
    return await _get(uow, principal, name)


async def disable(uow: UnitOfWork, principal: Principal, name: str) -> TenantPlugin:
    """The tenant uses it no more; settings are kept. Raises `PluginNotFound`."""
    principal.require(Permission.MANAGE_PLUGINS)
    row = await Enablings(uow).locked(name)
    if row is None:
        offer = await _offered(uow, name, None)
        version = None if offer.added_at is None else offer.version
        row = EnablingRow(
            tenant_id=uow.tenant, plugin=name, enabled=False, version=version, settings={}, changed_by=principal.name
        )
    row.enabled = False
    await _save(uow, principal, row)
    return await _get(uow, principal, name)


async def put_settings(
    uow: UnitOfWork,
    principal: Principal,
    ground: Ground,
    name: str,
    plain: Mapping[str, Any],
    secrets: Mapping[str, Any],
) -> TenantPlugin:
    """Makes the settings what is given; of the secret ones only those that are given change, and None takes one away.

    Raises `PluginNotFound`, `PluginSettingsInvalid`.
    """
    principal.require(Permission.MANAGE_PLUGINS)
    row = await Enablings(uow).locked(name)
    offer = await _offered(uow, name, row.version if row else None)
    if len(json.dumps([plain, secrets])) > settings.MOST_BYTES:
        message = f"The settings of {name} are longer than {settings.MOST_BYTES:,} bytes."
        raise PluginSettingsInvalid(message, field="settings", plugin=name, at="")
    if row is None:
        version, enabled = (None, True) if offer.added_at is None else (offer.version, False)
        row = EnablingRow(
            tenant_id=uow.tenant, plugin=name, enabled=enabled, version=version, settings={}, changed_by=principal.name
        )
    kept = {key: value for key, value in {**_secrets(ground.vault.open, row), **secrets}.items() if value is not None}
    settings.checked(name, offer.settings, plain, kept)
    row.settings = dict(plain)
    row.secret = ground.vault.close(json.dumps(kept)) if kept else None
    row.secret_names = sorted(kept)
    await _save(uow, principal, row)
    return await _get(uow, principal, name)


def note_clash(plugin: Installation, hook: str, message: str) -> None:
    """That a plugin was left out, since another holds a key that it declares."""
    if plugin.own:
        return
    kind = FaultKind.WRONG_ANSWER
    fault = Fault(plugin.name, plugin.version, hook, kind, message, NEXT[kind], utc_now())
    host.hosting().faults.note(plugin, fault)


def core_problems() -> list[Fault]:
    """Why plugins that are installed with Andon cannot be used."""
    problems = [host.hosting().problem(each) for each in found.core()]
    return [each for each in problems if each is not None]


async def _get(uow: UnitOfWork, principal: Principal, name: str) -> TenantPlugin:
    for each in await list_plugins(uow, principal):
        if each.name == name:
            return each
    raise _not_found(name)


async def _all_offers(uow: UnitOfWork) -> dict[str, tuple[OfferedVersion, ...]]:
    """By name, the newest version first. A package of the tenant's own stands before one of the catalogue that came
    later and has its name, and behind what is installed with Andon."""
    mine: dict[str, list[OfferedVersion]] = defaultdict(list)
    core_names = {each.name for each in found.core()}
    for each in own.offered(await PipelineVersions(uow).all()):
        if each.name not in core_names:
            mine[each.name].append(each)
    return offers.by_name() | {name: tuple(versions) for name, versions in mine.items()}


async def _offered(uow: UnitOfWork, name: str, version: str | None) -> OfferedVersion:
    """That version, else the newest. Raises `PluginNotFound`."""
    for each in (await _all_offers(uow)).get(name, ()):
        if version in (None, each.version) or each.added_at is None:
            return each
    raise _not_found(name, version)


def _not_found(name: str, version: str | None = None) -> PluginNotFound:
    what = f"{name} {version}" if version else f"“{name}”"
    return PluginNotFound(f"There is no plugin {what}. `plugins` lists those there are.", field="plugin", plugin=name)


def _check_usable(offer: OfferedVersion) -> None:
    told = {"plugin": offer.name, "version": offer.version, "state": offer.state.value}
    if offer.state not in USABLE:
        raise PluginUnusable(f"{offer.name} {offer.version} is {offer.state.value}. {' '.join(offer.reasons)}", **told)
    if offer.disabled or not offer.declares:
        last = offer.faults[-1] if offer.faults else None
        said = f"{last.what} {last.next}" if last else "It declares nothing."
        raise PluginUnusable(f"{offer.name} {offer.version} cannot be used. {said}", **told)


async def _save(uow: UnitOfWork, principal: Principal, row: EnablingRow) -> None:
    row.changed_by, row.changed_at = principal.name, utc_now()
    uow.session.add(row)
    await uow.session.flush()


def _secrets(unsealed: Callable[[str], str], row: EnablingRow) -> dict[str, Any]:
    return json.loads(unsealed(row.secret)) if row.secret is not None else {}


def _check_environments(declared: Sequence[Declared], plugin: str) -> None:
    """Raises `PluginClashes` for two that add a package in different versions."""
    kept = Environments(host.hosting().folder)
    folders = {each.plugin.name: each.plugin.environment for each in declared if each.plugin.environment is not None}
    made = {name: kept.get(Path(folder).name) for name, folder in folders.items()}
    for one, other, package in clashes({name: each for name, each in made.items() if each is not None}):
        raise PluginClashes(
            f"{one} and {other} add {package}, and are loaded together where models serve. Disable one of them first.",
            field="plugin",
            plugin=plugin,
        )


def _seen(name: str, versions: Sequence[OfferedVersion], row: EnablingRow | None) -> TenantPlugin:
    is_core = any(each.added_at is None for each in versions)
    version = row.version if row is not None else None
    return TenantPlugin(
        name=name,
        versions=tuple(versions),
        enabled=row.enabled if row is not None else is_core,
        version=version or (versions[0].version if versions and is_core else None),
        former_version=row.former_version if row is not None else None,
        settings=row.settings if row is not None else {},
        secrets=tuple(row.secret_names) if row is not None else (),
        changed_by=row.changed_by if row is not None else None,
        changed_at=row.changed_at if row is not None else None,
    )
