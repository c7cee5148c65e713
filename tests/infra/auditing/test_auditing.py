"""Anchors kept by the worker, and the command that verifies."""

import asyncio
import shutil
from dataclasses import replace

import psycopg
import pytest

from infra.anchoring import anchors, heads, keep, run_anchoring
from infra.auditing import verified
from services.audit.adapters.anchors import Anchors
from services.audit.contracts import Anchor
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api as tenancy
from services.tenancy.errors import TenantNotFound

pytestmark = pytest.mark.platform


@pytest.fixture
async def place(platform):
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    await add(platform, tenant)
    return tenant


@pytest.fixture
def kept(platform):
    return anchors(platform.settings, platform.state)


async def add(platform, place) -> None:
    async with platform.unit(place) as uow:
        await tenancy.add_member(
            uow, system_principal(place.id), f"{new_id().hex}@example.com", "Kim", Role.OPERATOR, None
        )
        await uow.commit()


async def head(platform, place) -> Anchor:
    [found] = [anchor for anchor in await heads(platform.relay_url) if anchor.tenant == place.id]
    return found


def tamper(platform, statement: str, place) -> None:
    with psycopg.connect(platform.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement, [place.id]).rowcount >= 1


async def test_the_newest_record_of_each_tenant_is_anchored(platform, place, kept):
    anchoring = asyncio.create_task(run_anchoring(platform.platform.database, platform.relay_url, kept))
    async with asyncio.timeout(20):
        while kept.read(place.id) is None:
            await asyncio.sleep(0.05)
    anchoring.cancel()
    known, now = kept.read(place.id), await head(platform, place)
    assert known is not None
    assert (known.number, known.digest) == (now.number, now.digest) == (2, now.digest)


async def test_a_folder_that_is_away_for_a_while_stops_nothing(platform, place, tmp_path):
    folder = tmp_path / "anchors"
    kept = Anchors(folder, "secret")
    shutil.rmtree(folder)
    folder.touch()
    anchoring = asyncio.create_task(run_anchoring(platform.platform.database, platform.relay_url, kept, every_s=0.05))
    await asyncio.sleep(0.5)
    assert not anchoring.done()
    folder.unlink()
    folder.mkdir()
    async with asyncio.timeout(20):
        while kept.read(place.id) is None:
            await asyncio.sleep(0.05)
    anchoring.cancel()


async def test_a_trail_that_was_written_anew_does_not_replace_its_witness(platform, place, kept):
    database = platform.platform.database
    assert await keep(database, await head(platform, place), kept)
    tamper(platform, "UPDATE audit_record SET digest = repeat('0', 64) WHERE tenant_id = %s AND number = 2", place)
    tamper(platform, "UPDATE audit_head SET digest = repeat('0', 64) WHERE tenant_id = %s", place)
    witness = kept.read(place.id)
    await add(platform, place)
    assert not await keep(database, await head(platform, place), kept)
    assert kept.read(place.id) == witness


async def test_nor_does_one_whose_end_was_cut_off(platform, place, kept):
    database = platform.platform.database
    assert await keep(database, await head(platform, place), kept)
    cut = replace(await head(platform, place), number=1, digest="d")
    tamper(platform, "DELETE FROM audit_record WHERE tenant_id = %s AND number = 2", place)
    assert not await keep(database, cut, kept)
    assert kept.read(place.id).number == 2


class TestTheCommand:
    async def test_a_whole_trail_has_no_finding(self, platform, place, kept):
        await keep(platform.platform.database, await head(platform, place), kept)
        [trail] = await verified(platform.settings, platform.state, place.slug)
        assert (trail.tenant, trail.records, trail.changes, trail.anchored, trail.findings) == (place.slug, 2, 2, 2, ())

    async def test_what_was_edited_or_cut_is_found(self, platform, place, kept):
        await keep(platform.platform.database, await head(platform, place), kept)
        tamper(platform, "UPDATE audit_record SET actor_name = 'Bo' WHERE tenant_id = %s AND number = 1", place)
        tamper(platform, "DELETE FROM audit_record WHERE tenant_id = %s AND number = 2", place)
        [trail] = await verified(platform.settings, platform.state, place.slug)
        assert [finding.number for finding in trail.findings] == [1, None, None, 2]

    async def test_a_forged_anchor_is_found(self, platform, place, kept):
        await keep(platform.platform.database, await head(platform, place), kept)
        path = platform.state.folder("anchors") / f"{place.id.hex}.json"
        path.write_text(path.read_text().replace('"number": 2', '"number": 1'))
        [trail] = await verified(platform.settings, platform.state, place.slug)
        [finding] = trail.findings
        assert finding.what.endswith("does not carry this installation's signature.")
        path.unlink()

    async def test_a_tenant_that_only_an_anchor_remembers_is_found(self, platform, place, kept):
        gone = new_id()
        kept.write(Anchor(gone, 1, "d", utc_now()))
        trails = {trail.tenant: trail for trail in await verified(platform.settings, platform.state, None)}
        kept.forget(gone)
        assert place.slug in trails
        assert [finding.what for finding in trails[str(gone)].findings] == [
            "An anchor is kept of a tenant that the database does not have any more."
        ]

    async def test_a_tenant_that_never_was_is_said_so(self, platform):
        with pytest.raises(TenantNotFound):
            await verified(platform.settings, platform.state, "nobody")
