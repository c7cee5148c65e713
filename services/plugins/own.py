"""Packages that a tenant registered itself: what they declare is in their rows, their files lie in the tenant's folder.

Only the tenant's boxes, and the process of its own that a package is asked in once, are shown these files. What is
declared is read from the rows, so that nothing of a package runs, and no file is read, when somebody asks what there
is.
"""

import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import Distribution
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import structlog
from packaging.specifiers import SpecifierSet

from andon_sdk.package.manifest import Manifest
from services.kernel.ids import TenantId
from services.plugins import host
from services.plugins.contracts import PIPELINE_HOOKS, Declared, Installation, Limits, OfferedVersion, PackageState
from services.plugins.digest import digest_of, tree_digest
from services.plugins.errors import PluginFaulty
from services.plugins.process import PluginProcess
from services.plugins.tables import PipelineVersionRow

log = structlog.get_logger(__name__)
_LEFT_S = 3600.0


def folder_of(tenant: TenantId) -> Path:
    """Named after the tenant, so that it goes when the tenant is deleted."""
    return host.hosting().folder / "tenants" / tenant.hex


def files_of(tenant: TenantId, wheel: str) -> Path:
    return folder_of(tenant) / wheel


def scratch(tenant: TenantId) -> Path:
    """A folder beside those that are kept, so that files are moved and not copied. What a process that was killed left
    in it is removed."""
    folder = folder_of(tenant) / "scratch"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.iterdir():
        with suppress(FileNotFoundError):  # another process was quicker
            if time.time() - left.stat().st_mtime > _LEFT_S:
                shutil.rmtree(left, ignore_errors=True)
    return folder


def content_of(distribution: Distribution, folder: Path) -> tuple[str, str]:
    """Digests of an unpacked package: of the plugin, as models carry it, and over all its files."""
    return digest_of(distribution), tree_digest(folder)


def ask_once(manifest: Manifest, digest: str, folder: Path, seconds: float) -> Mapping[str, Any]:
    """What a package that lies unpacked in `folder` declares by the hooks that its manifest names, as JSON, asked in a
    box of its own. Nothing is noted. Raises `PluginFaulty`."""
    plugin = _as_installed(manifest.name, manifest.version, digest, folder, manifest.capabilities)
    with PluginProcess(plugin, Limits(seconds=seconds)) as process:
        said = process.declarations()
    host.believed(plugin, said)
    return said


def keep_files(tenant: TenantId, wheel: str, unpacked: Path) -> None:
    """Moves unpacked files to their place; what lies there of an attempt before is replaced."""
    place = files_of(tenant, wheel)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    unpacked.chmod(0o700)
    unpacked.rename(place)


def _as_installed(
    name: str, version: str, digest: str, folder: Path, hooks: tuple[str, ...] = PIPELINE_HOOKS
) -> Installation:
    """How a package that lies unpacked in `folder` is run."""
    return Installation(name, version, digest, (str(folder),), (str(folder),), hooks, own=True)


def declared(rows: Iterable[PipelineVersionRow]) -> list[Declared]:
    """What those declare. One whose declarations this SDK reads no more is left out, and said so in the log."""
    found: list[Declared] = []
    for row in rows:
        try:
            found.append(host.believed(_installation(row), row.declared))
        except PluginFaulty as error:
            log.warning("pipeline left out", tenant=str(row.tenant_id), plugin=row.plugin, reason=error.message)
    return found


def for_box(rows: Iterable[PipelineVersionRow]) -> list[Declared]:
    """Those of them whose files are what was registered: a box is given no others."""
    sound: list[PipelineVersionRow] = []
    for row in rows:
        state, reasons = state_of(row)
        if state is PackageState.OWN:
            sound.append(row)
        else:
            log.warning("pipeline left out", tenant=str(row.tenant_id), plugin=row.plugin, reason=" ".join(reasons))
    return declared(sound)


def state_of(row: PipelineVersionRow) -> tuple[PackageState, tuple[str, ...]]:
    """As its files are now, with sentences for people."""
    folder = files_of(TenantId(row.tenant_id), row.wheel)
    if not folder.is_dir() or tree_digest(folder) != row.files:
        return PackageState.MODIFIED, (
            "Its files on this machine are not those that were registered. Register the wheel again.",
        )
    have = installed_version("andon-sdk")
    if not SpecifierSet(row.sdk).contains(have, prereleases=True):
        reason = f"It asks for andon-sdk {row.sdk}; here is {have}. Make it again from its notebook with this SDK."
        return PackageState.INCOMPATIBLE, (reason,)
    return PackageState.OWN, ()


def offered(rows: Iterable[PipelineVersionRow]) -> list[OfferedVersion]:
    return [_offered(row) for row in rows]


def _offered(row: PipelineVersionRow) -> OfferedVersion:
    state, reasons = state_of(row)
    known = declared([row])
    hooks = known[0].hooks if known else {}
    return OfferedVersion(
        name=row.plugin,
        version=row.version,
        state=state,
        reasons=reasons,
        title=row.title,
        summary=row.summary,
        sector=row.sector,
        declares={hook: tuple(each.key for each in found) for hook, found in hooks.items() if found},
        hosts=(),
        settings=None,
        faults=(),
        disabled=False,
        added_at=row.registered_at,
    )


def _installation(row: PipelineVersionRow) -> Installation:
    return _as_installed(row.plugin, row.version, row.digest, files_of(TenantId(row.tenant_id), row.wheel))
