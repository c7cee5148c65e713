"""What there is to enable: what is installed with Andon, and the packages, each in its present state."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from services.plugins import found, host
from services.plugins.catalogue import Catalogue
from services.plugins.contracts import (
    USABLE,
    Declared,
    Installation,
    OfferedVersion,
    Package,
    PackageState,
)
from services.plugins.tables import EnablingRow


def usable() -> Iterator[tuple[Package, Installation]]:
    """Packages that may be given to tenants, by name, the newest version first."""
    kept = Catalogue(host.hosting().folder)
    for package in kept.packages():
        if kept.state_of(package)[0] in USABLE:
            yield package, kept.installation(package)


def used(rows: Mapping[str, EnablingRow], but: Collection[str] = ()) -> list[Declared]:
    """What a tenant uses of what is installed with Andon, then of the catalogue by name. Packages of the names `but`
    are the tenant's own, which stand before what the catalogue was given later."""
    disabled = {name for name, row in rows.items() if not row.enabled}
    own = [each for each in found.core() if each.name not in disabled]
    wanted = {(row.plugin, row.version) for row in rows.values() if row.enabled and row.version is not None}
    wanted = {each for each in wanted if each[0] not in but}
    packages = {(package.name, package.version): each for package, each in usable()} if wanted else {}
    return host.hosting().declared(own + [packages[each] for each in sorted(wanted) if each in packages])


def has_packages(rows: Mapping[str, EnablingRow]) -> bool:
    """Whether a tenant uses anything that is not installed with Andon."""
    return any(row.enabled and row.version is not None for row in rows.values())


def by_name() -> dict[str, tuple[OfferedVersion, ...]]:
    """All there are, the newest version of each first."""
    offered: dict[str, list[OfferedVersion]] = defaultdict(list)
    own = found.core()
    declared = {each.plugin.digest: each for each in host.hosting().declared(own)}
    for each in own:
        offered[each.name].append(_core(each, declared.get(each.digest)))
    kept = Catalogue(host.hosting().folder)
    for package in kept.packages():
        if package.name not in {each.name for each in own}:
            offered[package.name].append(_package(kept, package))
    return {name: tuple(versions) for name, versions in offered.items()}


def _core(plugin: Installation, declared: Declared | None) -> OfferedVersion:
    manifest = found.manifest_of(plugin)
    return OfferedVersion(
        name=plugin.name,
        version=plugin.version,
        state=PackageState.CORE,
        reasons=(),
        title=manifest.title if manifest else plugin.name,
        summary=manifest.summary if manifest else "",
        sector=manifest.sector if manifest else "",
        declares=_keys(declared),
        hosts=(),
        settings=None,
        faults=tuple(host.hosting().faults.of(plugin)),
        disabled=host.hosting().faults.is_disabled(plugin),
        added_at=None,
    )


def _package(kept: Catalogue, package: Package) -> OfferedVersion:
    state, reasons = kept.state_of(package)
    plugin = kept.installation(package) if state in USABLE else None
    declared: Sequence[Declared] = host.hosting().declared([plugin]) if plugin is not None else ()
    return OfferedVersion(
        name=package.name,
        version=package.version,
        state=state,
        reasons=reasons,
        title=package.title,
        summary=package.summary,
        sector=package.sector,
        declares=_keys(declared[0] if declared else None),
        hosts=package.hosts,
        settings=package.settings,
        faults=tuple(host.hosting().faults.of(plugin)) if plugin is not None else (),
        disabled=plugin is not None and host.hosting().faults.is_disabled(plugin),
        added_at=package.added_at,
    )


def _keys(declared: Declared | None) -> dict[str, tuple[str, ...]]:
    hooks = declared.hooks if declared is not None else {}
    return {hook: tuple(each.key for each in found) for hook, found in hooks.items() if found}
