"""`andon tenant delete`: closes a tenant, takes away what it has, and looks at each store again.

Each step may be done again, so a deletion that was killed goes on when it is said again:

1. `platform.deletion` gets a row, and the transactions that are open end. Nobody works for the tenant after that.
2. Its clusters stop, its streams and account go, its bucket goes.
3. Its rows go, in one transaction, and what of it waits in the queue.
4. Its files go. One line stays, signed, where the anchors are.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from infra import queued, rows
from infra.anchoring import anchors
from infra.bootstrap import open_platform, ways
from infra.local.state import State
from infra.settings import SettingMissing, Settings
from services.audit.contracts import Burial
from services.enclaves import api as enclaves
from services.enclaves.contracts import EnclaveRemains
from services.enclaves.platform import Ground
from services.kernel.ids import TenantId
from services.kernel.outbox import known_tenants
from services.tenancy.contracts import TenantState
from services.tenancy.errors import TenantNotFound

_SETTLE_S, _LOOK_S = 20.0, 0.2
"""The object server removes files of a bucket a moment after the bucket."""
_BEGIN = "INSERT INTO platform.deletion (tenant, slug, asked_by) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_READ = """
SELECT tenant, slug, asked_by, asked_at, coalesce(trail_number, 0), coalesce(trail_digest, '') FROM platform.deletion
WHERE tenant = %s
"""
_KEEP_HEAD = """
UPDATE platform.deletion SET trail_number = h.number, trail_digest = h.digest FROM audit_head h
WHERE tenant = %s AND h.tenant_id = tenant
"""
_END = "UPDATE platform.deletion SET ended_at = now() WHERE tenant = %s"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Remains:
    """What was found of a tenant when everything was looked at after its deletion."""

    tables: int
    """That were looked into."""
    rows: dict[str, int]
    """By table, where there are some."""
    queued: int
    enclave: EnclaveRemains
    files: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        found = self.enclave
        return not (self.rows or self.queued or found.streams or found.objects or found.processes or self.files)


@dataclass(frozen=True, slots=True)
class Deleted:
    burial: Burial
    remains: Remains


async def find(settings: Settings, state: State, slug: str) -> tuple[TenantId, bool]:
    """The tenant of that address, and whether its deletion has begun: such a one comes first, since a new tenant may
    have taken its address. Raises `TenantNotFound`."""
    known = [one for one in await known_tenants(ways(settings, state).relay_url) if one.slug == slug]
    begun = [one for one in known if one.state == TenantState.DELETING]
    if not known:
        raise TenantNotFound(f"There is no tenant “{slug}” here. `andon tenant list` shows all.", field="slug")
    return (begun or known)[0].id, bool(begun)


async def delete(
    settings: Settings, state: State, tenant: TenantId, slug: str, asked_by: str, report: Report
) -> Deleted:
    """Raises `ProvisioningFailed`, `TenantBusy` and `SettingMissing`; what is gone stays gone."""
    places = ways(settings, state)
    if not places.owner_url:
        raise SettingMissing("Rows are deleted by the role that owns the tables: set ANDON_DATABASE_OWNER_URL.")
    report("closing the tenant: nobody signs in, no row is taken, no work begins")
    burial = await _close(places.owner_url, tenant, slug, asked_by)
    async with _ground(settings, state) as ground:
        report("removing clusters, streams and bucket")
        await enclaves.remove_enclave(ground, tenant)
        report("removing rows")
        await rows.erase(places.owner_url, tenant)
        await queued.remove(places.relay_url, tenant)
        report("removing files")
        await asyncio.to_thread(_remove_files, state, tenant)
        anchors(settings, state).bury(burial)
        report("looking at each store again")
        remains = await _settled(settings, state, ground, tenant)
    if remains.nothing:
        async with await psycopg.AsyncConnection.connect(places.owner_url) as connection:
            await connection.execute(_END, [tenant])
    return Deleted(burial, remains)


async def look(settings: Settings, state: State, ground: Ground, tenant: TenantId) -> Remains:
    """What is there of the tenant now, asked of each store anew."""
    places = ways(settings, state)
    found = await rows.count(places.owner_url, tenant)
    return Remains(
        tables=len(found),
        rows={table: number for table, number in found.items() if number},
        queued=await queued.count(places.relay_url, tenant),
        enclave=await enclaves.enclave_remains(ground, tenant),
        files=tuple(str(path) for path in await asyncio.to_thread(_files, state, tenant)),
    )


async def _close(owner_url: str, tenant: TenantId, slug: str, asked_by: str) -> Burial:
    """From the first commit on nobody comes in; the second waits until everybody is out."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute(_BEGIN, [tenant, slug, asked_by])
    async with rows.inside(owner_url, tenant) as connection:
        await rows.be_alone(connection, tenant)
        await connection.execute(_KEEP_HEAD, [tenant])
        found = await (await connection.execute(_READ, [tenant])).fetchone()
    assert found is not None, "it was written a moment ago"
    return _burial(*found)


def _burial(tenant: TenantId, slug: str, asked_by: str, asked_at: datetime, number: int, digest: str) -> Burial:
    return Burial(tenant, slug, asked_by, asked_at, number, digest)


async def _settled(settings: Settings, state: State, ground: Ground, tenant: TenantId) -> Remains:
    began = time.monotonic()
    while True:
        remains = await look(settings, state, ground, tenant)
        if remains.nothing or time.monotonic() - began > _SETTLE_S:
            return remains
        await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def _ground(settings: Settings, state: State) -> AsyncIterator[Ground]:
    async with open_platform(settings, state) as platform:
        yield enclaves.grounded(platform)


def _files(state: State, tenant: TenantId) -> list[Path]:
    """Files and folders of the installation that are named after the tenant. Those in one of them are not counted."""
    names = (tenant.hex, str(tenant), f"b{tenant.hex[-12:]}")
    found: list[Path] = []
    for top in {state.home, state.run}:
        for folder, folders, files in os.walk(top):
            found += [Path(folder) / name for name in (*folders, *files) if any(each in name for each in names)]
            folders[:] = [name for name in folders if not any(each in name for each in names)]
    return sorted(found)


def _remove_files(state: State, tenant: TenantId) -> None:
    """Logs of its boxes, and whatever else is named after it; what a server holds is removed by the server."""
    for path in _files(state, tenant):
        if path.is_relative_to(state.home / "s3") or path.is_relative_to(state.home / "anchors"):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
