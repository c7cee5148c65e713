"""Trails that somebody tampered with who may do anything to the database."""

import asyncio

import psycopg
import pytest

from services.audit.contracts import Anchor
from services.audit.repository import head
from services.audit.verify import verify
from services.kernel.clock import utc_now

pytestmark = pytest.mark.platform


@pytest.fixture
async def six(add):
    """A trail of six records: the tenant and five members."""
    for name in ("Kim", "Lee", "Mia", "Noa", "Ola"):
        await add(name)


@pytest.fixture
def tamper(platform, place):
    """Runs statements about the place's trail as a superuser without the guards."""

    def run(*statements: str) -> None:
        with psycopg.connect(platform.superuser_url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                assert connection.execute(statement.format(tenant=f"tenant_id = '{place.id}'")).rowcount >= 1

    return run


async def findings(platform, place, anchor: Anchor | None = None) -> list[tuple[int | None, str]]:
    async with platform.unit(place) as uow:
        return [(finding.number, finding.what) for finding in (await verify(uow, anchor)).findings]


async def anchored(platform, place) -> Anchor:
    async with platform.unit(place) as uow:
        now = await head(uow)
    return Anchor(place.id, now.number, now.digest, utc_now())


@pytest.mark.usefixtures("six")
class TestATrail:
    async def test_that_nobody_touched_is_whole(self, platform, place):
        anchor = await anchored(platform, place)
        async with platform.unit(place) as uow:
            seen = await verify(uow, anchor)
        assert (seen.records, seen.changes, seen.findings) == (6, 6, ())

    async def test_that_others_write_meanwhile_is_whole_too(self, platform, place, add):
        async def write():
            for number in range(40):
                await add(f"P{number}")

        writing = asyncio.create_task(write())
        while not writing.done():
            assert await findings(platform, place) == []
            await asyncio.sleep(0)
        await writing

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_record SET actor_name = 'Bo' WHERE {tenant} AND number = 3",
            "UPDATE audit_record SET at = at - interval '1 microsecond' WHERE {tenant} AND number = 3",
            "UPDATE audit_record SET action = 'x' WHERE {tenant} AND number = 3",
            'UPDATE audit_change SET after = after || \'{{"role": "admin"}}\' WHERE {tenant} AND record_id ='
            " (SELECT id FROM audit_record WHERE {tenant} AND number = 3)",
            "DELETE FROM audit_change WHERE {tenant} AND record_id ="
            " (SELECT id FROM audit_record WHERE {tenant} AND number = 3)",
        ],
    )
    async def test_an_edit_is_found_where_it_was_made(self, platform, place, tamper, statement):
        tamper(statement)
        assert await findings(platform, place) == [(3, "Record 3 or one of its changes was edited.")]

    async def test_an_edit_with_its_digest_made_anew_is_found_at_the_next(self, platform, place, tamper):
        tamper("UPDATE audit_record SET action = 'x', digest = repeat('0', 64) WHERE {tenant} AND number = 3")
        assert [number for number, _ in await findings(platform, place)] == [3, 4]

    async def test_a_removed_record_leaves_a_gap_and_its_changes(self, platform, place, tamper):
        tamper("DELETE FROM audit_record WHERE {tenant} AND number IN (3, 4)")
        assert await findings(platform, place) == [
            (5, "Before record 5 is a gap: 3 to 4 is missing."),
            (None, "2 changes belong to no record: it was removed, or they were added."),
        ]

    async def test_a_cut_tail_is_found_by_the_head(self, platform, place, tamper):
        tamper(
            "DELETE FROM audit_change WHERE {tenant} AND record_id ="
            " (SELECT id FROM audit_record WHERE {tenant} AND number = 6)",
            "DELETE FROM audit_record WHERE {tenant} AND number = 6",
        )
        assert await findings(platform, place) == [
            (None, "The newest record is 5, and the database's own head says 6.")
        ]

    async def test_a_cut_tail_with_its_head_is_found_by_the_anchor(self, platform, place, tamper):
        anchor = await anchored(platform, place)
        tamper(
            "DELETE FROM audit_change WHERE {tenant} AND record_id ="
            " (SELECT id FROM audit_record WHERE {tenant} AND number = 6)",
            "DELETE FROM audit_record WHERE {tenant} AND number = 6",
            "UPDATE audit_head SET number = 5, digest ="
            " (SELECT digest FROM audit_record WHERE {tenant} AND number = 5) WHERE {tenant}",
        )
        assert await findings(platform, place) == []
        when = anchor.at.strftime("%Y-%m-%d %H:%M:%S UTC")
        assert await findings(platform, place, anchor) == [
            (6, f"The trail ends at record 5; at {when} it went to 6. Its end was cut off.")
        ]

    async def test_a_trail_written_anew_is_found_by_the_anchor(self, platform, place, tamper):
        anchor = await anchored(platform, place)
        tamper("UPDATE audit_record SET digest = repeat('1', 64) WHERE {tenant} AND number = 6")
        [edited, head_, rewritten] = await findings(platform, place, anchor)
        assert (edited[0], head_[0]) == (6, None)
        assert rewritten[1].startswith("Record 6 is not the one of")

    async def test_a_trail_that_is_gone_is_found(self, platform, place, tamper):
        anchor = await anchored(platform, place)
        tamper(*(f"DELETE FROM audit_{table} WHERE {{tenant}}" for table in ("change", "record", "head")))
        [(number, what)] = await findings(platform, place, anchor)
        assert (number, what.partition(";")[0]) == (6, "The trail ends at record 0")
