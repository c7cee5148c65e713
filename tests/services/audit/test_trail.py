"""What the database writes down by itself."""

import asyncio
from uuid import UUID

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import text

from services.audit import api
from services.audit.contracts import AuditQuery
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role, system_principal
from services.tenancy import api as tenancy
from services.tenancy.errors import LastAdmin

pytestmark = pytest.mark.platform


async def trail(platform, place, **query):
    """[(record, its changes)] by number."""
    principal = system_principal(place.id)
    async with platform.unit(place) as uow:
        records = await api.list_records(uow, principal, AuditQuery(**query))
        changes = await api.changes_of(uow, principal, [record.id for record in records])
    return [(record, changes[record.id]) for record in reversed(records)]


async def test_a_record_says_who_did_what_to_which_object(platform, place, do):
    ada = Principal(place.id, new_id(), "member", "Ada", RIGHTS[Role.ADMIN], Role.ADMIN)
    member = await do(ada, tenancy.add_member, "kim@example.com", "Kim", Role.OPERATOR, "a long password")
    await do(ada, tenancy.change_role, member.id, Role.ENGINEER)
    made, added, changed = await trail(platform, place)
    assert [record.number for record, _ in (made, added, changed)] == [1, 2, 3]
    record, [change] = made
    assert (record.actor_kind, change.kind, change.object_id) == ("system", "Tenant", place.id)
    record, [change] = added
    assert (record.actor, record.actor_kind, record.actor_name) == (ada.actor, "member", "Ada")
    assert (record.action, record.changes) == ("tests.add_member", 1)
    assert (change.place, change.kind, change.object_id, change.before) == (1, "Member", member.id, None)
    assert change.after == {"email": "kim@example.com", "name": "Kim", "role": "operator", "password_hash": "•••"}
    record, [change] = changed
    assert (change.before, change.after) == ({"role": "operator"}, {"role": "engineer"})


async def test_what_is_taken_away_is_kept_as_it_was(platform, place, add, do):
    await add("Ada")
    member = await add("Kim")
    await do(system_principal(place.id), tenancy.remove_member, member.id)
    record, [change] = (await trail(platform, place))[-1]
    assert record.action == "tests.remove_member"
    assert change.after is None
    assert change.before == {"email": "kim@example.com", "name": "Kim", "role": "operator", "password_hash": None}


async def test_one_transaction_is_one_record(platform, place, do):
    async def both(uow, principal):
        for name in ("kim", "lee"):
            await tenancy.add_member(uow, principal, f"{name}@example.com", name, Role.OPERATOR, None)

    await do(system_principal(place.id), both)
    record, changes = (await trail(platform, place))[-1]
    assert (record.number, record.changes) == (2, 2)
    assert [(change.place, change.after["name"]) for change in changes] == [(1, "kim"), (2, "lee")]


async def test_what_was_not_committed_was_not_done(platform, place, add, do):
    await add("Kim", commit=False)
    admin = (await do(system_principal(place.id), tenancy.add_member, "a@b.c", "A", Role.ADMIN, None)).id
    with pytest.raises(LastAdmin):
        await do(system_principal(place.id), tenancy.remove_member, admin)
    assert [record.number for record, _ in await trail(platform, place)] == [1, 2]


async def test_what_nobody_answers_for_leaves_no_record(platform, place, superuser, do):
    async def touch(uow, _):
        await uow.session.execute(text("UPDATE member SET created_at = now()"))

    await do(system_principal(place.id), tenancy.add_member, "kim@example.com", "Kim", Role.OPERATOR, None)
    await do(system_principal(place.id), touch)
    assert [record.number for record, _ in await trail(platform, place)] == [1, 2]


async def test_a_changed_secret_is_told_and_not_shown(platform, place, add, superuser):
    member = await add("Kim")
    superuser.execute("UPDATE member SET password_hash = 'other' WHERE id = %s", [member.id])
    superuser.execute("UPDATE member SET password_hash = 'another' WHERE id = %s", [member.id])
    first, second = (changes for _, changes in (await trail(platform, place))[-2:])
    assert (first[0].before, first[0].after) == ({"password_hash": None}, {"password_hash": "•••"})
    assert (second[0].before, second[0].after) == ({"password_hash": "•••"}, {"password_hash": "•••"})


async def test_who_changes_rows_by_hand_is_named_by_the_database(platform, place, add, superuser):
    member = await add("Kim")
    superuser.execute("UPDATE member SET role = 'admin' WHERE id = %s", [member.id])
    record, [change] = (await trail(platform, place))[-1]
    assert (record.actor_kind, record.actor, record.action) == ("database", UUID(int=0), "")
    assert record.actor_name == superuser.info.user
    assert change.after == {"role": "admin"}


async def test_numbers_have_no_gap_whoever_commits_at_once(platform, place, add):
    await asyncio.gather(*(add(f"P{i}", commit=i % 3 != 0) for i in range(30)))
    numbers = [record.number for record, _ in await trail(platform, place)]
    assert numbers == list(range(1, 22))


async def test_records_are_found_by_actor_action_object_and_time(platform, place, do):
    ada, bo = (Principal(place.id, new_id(), "member", name, RIGHTS[Role.ADMIN], Role.ADMIN) for name in ("Ada", "Bo"))
    kim = await do(ada, tenancy.add_member, "kim@example.com", "Kim", Role.OPERATOR, None)
    await do(bo, tenancy.change_role, kim.id, Role.ENGINEER)
    await do(bo, tenancy.add_member, "lee@example.com", "Lee", Role.OPERATOR, None)
    whole = [record for record, _ in await trail(platform, place)]

    async def numbers(**query):
        return [record.number for record, _ in await trail(platform, place, **query)]

    assert await numbers(actor=bo.actor) == [3, 4]
    assert await numbers(action="tests.add_member") == [2, 4]
    assert await numbers(action="tests") == [2, 3, 4]
    assert await numbers(action="test") == []
    assert await numbers(action="tests.add_member%") == []
    assert await numbers(object_id=kim.id) == [2, 3]
    assert await numbers(since=whole[1].at, until=whole[3].at) == [2, 3]
    assert await numbers(actor=bo.actor, object_id=kim.id) == [3]


async def test_only_who_may_read_it_does(platform, place):
    engineer = Principal(place.id, new_id(), "member", "Kim", RIGHTS[Role.ENGINEER], Role.ENGINEER)
    async with platform.unit(place) as uow:
        with pytest.raises(Forbidden):
            await api.list_records(uow, engineer, AuditQuery())
        with pytest.raises(Forbidden):
            await api.changes_of(uow, engineer, [])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_record (tenant_id, id, actor, actor_kind, actor_name, action, trace)"
        " VALUES ('{tenant}', gen_random_uuid(), gen_random_uuid(), 'member', 'Ada', '', '')",
        "UPDATE audit_record SET actor_name = 'Bo'",
        "UPDATE audit_change SET after = NULL",
        "UPDATE audit_head SET number = 0",
        "DELETE FROM audit_record",
        "DELETE FROM audit_change",
        "TRUNCATE audit_change",
        "SELECT audit_open('{tenant}')",
    ],
)
async def test_the_application_cannot_write_it(platform, place, add, statement):
    await add("Kim")
    async with platform.unit(place) as uow:
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
            await uow.session.execute(text(statement.format(tenant=place.id)))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_record SET actor_name = 'Bo'", "UPDATE audit_change SET after = NULL", "TRUNCATE audit_record",
     "DELETE FROM audit_record", "TRUNCATE audit_change", "TRUNCATE audit_head"],
)  # fmt: skip
async def test_nor_a_superuser_who_does_not_switch_the_guard_off(add, superuser, statement):
    await add("Kim")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="written and never changed"):
        superuser.execute(statement)


async def test_who_signs_in_and_out_is_named(platform, place, add, do):
    member = await add("Kim")
    link = await do(system_principal(place.id), tenancy.make_login_link, member.id)
    opened = await tenancy.redeem_login_link(platform.platform.database, link)
    await tenancy.end_session(platform.platform.database, opened.token)
    (sign_in, [made]), (sign_out, [ended]) = (await trail(platform, place))[-2:]
    assert (sign_in.action, sign_in.actor, sign_in.actor_name) == ("tenancy.sign_in", member.id, "Kim")
    assert (made.kind, made.before, made.after["member_id"]) == ("Session", None, str(member.id))
    assert (sign_out.action, sign_out.actor) == ("tenancy.sign_out", member.id)
    assert (ended.before, ended.after.keys()) == ({"ended_at": None}, {"ended_at"})
