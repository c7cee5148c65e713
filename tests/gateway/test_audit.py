"""The audit trail as an admin and an auditor's program see it."""

import asyncio

import orjson
import pytest
from gateway_client import Gql, http_client, make_key, signed_in
from statements import statements

from gateway.relay import global_id
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Role

pytestmark = pytest.mark.platform

RECORDS = """query ($first: Int! = 50, $after: String, $actor: ID, $action: String, $object: ID,
  $since: DateTime, $until: DateTime) {
  auditRecords(first: $first, after: $after, actor: $actor, action: $action, object: $object,
    since: $since, until: $until) {
    edges { node { id number at actorKind actorName actor action trace digest changeCount
      changes(first: 20) { edges { node { kind object before after } } pageInfo { hasNextPage endCursor } } } }
    pageInfo { hasNextPage endCursor } } }"""
ADD = """mutation m($input: AddMemberInput!) { result: addMember(input: $input) {
  __typename ... on Member { id } ... on Error { code } } }"""
ROLE = """mutation m($input: ChangeRoleInput!) { result: changeRole(input: $input) { __typename } }"""


async def add(admin: Gql) -> str:
    email = f"{new_id().hex}@example.com"
    person = {"email": email, "name": "Kim", "role": "OPERATOR", "password": "a long password"}
    return (await admin.ask(ADD, input=person))["result"]["id"]


async def records(asker: Gql, **asked) -> list[dict]:
    return [edge["node"] for edge in (await asker.ask(RECORDS, **asked))["auditRecords"]["edges"]]


async def test_who_did_what_to_which_object(admin):
    member = await add(admin)
    await admin.ask(ROLE, input={"memberId": member, "role": "ENGINEER"})
    changed, added = await records(admin, object=member)
    assert (changed["action"], added["action"]) == ("tenancy.change_role", "tenancy.add_member")
    assert (changed["actorKind"], changed["actorName"]) == ("member", "Admin")
    assert changed["actor"] == global_id("Member", admin.member.id)
    assert (changed["changeCount"], added["changeCount"]) == (1, 1)
    assert [edge["node"] for edge in changed["changes"]["edges"]] == [
        {"kind": "Member", "object": member, "before": {"role": "operator"}, "after": {"role": "engineer"}}
    ]
    assert len(changed["digest"]) == 64


async def test_a_program_is_named_by_its_key(app, admin, platform, tenant):
    secret = await make_key(platform.platform, tenant)
    member = await add(Gql(http_client(app, authorization=f"Bearer {secret}")))
    [record] = await records(admin, object=member)
    assert (record["actorKind"], record["actorName"]) == ("key", "a program")


async def test_the_trace_finds_the_request(admin):
    answer = await admin.http.post(
        "/graphql", json={"query": ADD, "variables": {"input": {"email": "t@example.com", "name": "T",
                          "role": "OPERATOR", "password": "a long password"}}},
    )  # fmt: skip
    [record] = await records(admin, object=answer.json()["data"]["result"]["id"])
    assert record["trace"] in ("", answer.headers["x-trace-id"])


async def test_pages_go_back_to_the_first_record(admin):
    for _ in range(3):
        await add(admin)
    numbers, after = [], None
    while True:
        page = (await admin.ask(RECORDS, first=2, after=after))["auditRecords"]
        numbers += [edge["node"]["number"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert numbers == list(range(numbers[0], 0, -1))


async def test_a_page_takes_as_many_statements_however_long(admin, platform):
    for _ in range(4):
        await add(admin)
    counts = []
    for first in (1, 4):
        with statements(platform.platform.database) as sent:
            await records(admin, first=first)
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_what_matches_nothing_is_empty(admin):
    assert await records(admin, object=global_id("Member", new_id())) == []
    assert await records(admin, object="nonsense") == []
    assert await records(admin, action="tenancy.nothing") == []


async def test_a_range_that_ends_before_it_begins_is_refused(admin):
    answer = await admin.post(RECORDS, since="2026-03-02T00:00:00Z", until="2026-03-01T00:00:00Z")
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "AUDIT_QUERY_INVALID"


async def test_another_tenants_trail_is_not_there(admin, stranger):
    member = await add(admin)
    [record] = await records(admin, object=member)
    assert await records(stranger, object=member) == []
    assert (await stranger.ask("query ($id: ID!) { node(id: $id) { id } }", id=record["id"]))["node"] is None
    lines = (await stranger.http.get("/v1/audit")).text
    assert member not in lines


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER, Role.PARTNER])
async def test_only_admins_read_it(app, tenant, role):
    other = await signed_in(app, tenant, role)
    [error] = (await other.post(RECORDS)).json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (await other.http.get("/v1/audit")).status_code == 403


class TestTheExport:
    async def test_it_holds_every_record_with_its_changes(self, app, admin, platform, tenant):
        member = await add(admin)
        secret = await make_key(platform.platform, tenant, Permission.READ_AUDIT)
        answer = await http_client(app, authorization=f"Bearer {secret}").get("/v1/audit")
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [orjson.loads(line) for line in answer.text.splitlines()]
        assert [line["number"] for line in lines] == list(range(len(lines), 0, -1))
        [mine] = [line for line in lines if any(change["object"] == member for change in line["changes"])]
        assert mine["action"] == "tenancy.add_member"
        assert mine["changes"][0]["after"]["name"] == "Kim"
        assert (mine["actor"], mine["actorKind"]) == (global_id("Member", admin.member.id), "member")
        assert mine.keys() == {
            "id", "number", "at", "actor", "actorKind", "actorName", "action", "trace", "changes", "digest",
        }  # fmt: skip

    async def test_a_range_of_time_is_what_it_says(self, admin):
        first = await records(admin, object=await add(admin))
        await asyncio.sleep(0.01)
        second = await records(admin, object=await add(admin))
        answer = await admin.http.get("/v1/audit", params={"from": first[0]["at"], "to": second[0]["at"]})
        assert [orjson.loads(line)["number"] for line in answer.text.splitlines()] == [first[0]["number"]]

    async def test_a_time_without_an_offset_is_refused(self, admin):
        answer = await admin.http.get("/v1/audit", params={"from": "2026-03-01T00:00:00"})
        assert (answer.status_code, answer.json()["field"]) == (422, "from")
        answer = await admin.http.get(
            "/v1/audit", params={"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "AUDIT_QUERY_INVALID")
