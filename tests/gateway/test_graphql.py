"""Queries and mutations over HTTP, on the real database."""

import time

import pytest
from gateway_client import Gql, http_client
from sqlalchemy import event

from gateway.relay import global_id
from services.kernel.errors import Exhausted
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.training import api as training

pytestmark = pytest.mark.platform

CONTRACT = {
    "key": "drill",
    "title": "Drill",
    "periodS": 1.0,
    "signals": [
        {"key": "temperature", "title": "T", "unit": "degC", "low": -40, "high": 200, "importance": "ESSENTIAL"},
        {"key": "pressure", "title": "Pressure", "unit": "bar", "low": 0, "high": 20},
    ],
}  # fmt: skip
PUT_CONTRACT = """mutation m($input: PutContractInput!) { putContract(input: $input) {
  ... on Contract { id key version periodS signals { key unit low high importance } }
  ... on Error { code message field facts } } }"""
CREATE = """mutation m($input: CreateAssetsInput!) { createAssets(input: $input) {
  __typename ... on CreatedAssets { assets { id key site line contract { key } health { health } champion { id } } }
  ... on Error { code message field facts } } }"""
RECORD = """mutation m($input: RecordEventInput!) { recordEvent(input: $input) {
  __typename ... on Event { id kind time note part recordedBy retractedAt } ... on Error { code field } } }"""


def new_assets(*keys: str, contract: str = "drill") -> dict:
    return {
        "assets": [{"key": k, "title": f"Drill {k}", "site": "Ulm", "line": "L1", "contract": contract} for k in keys]
    }


@pytest.fixture(scope="module")
async def fleet(admin: Gql) -> list[dict]:
    await admin.ask(PUT_CONTRACT, input=CONTRACT)
    made = await admin.ask(CREATE, input=new_assets(*(f"drill-{number:03}" for number in range(120))))
    return made["createAssets"]["assets"]


async def test_a_contract_is_put_and_read(admin, fleet):
    assert len(fleet) == 120
    data = await admin.ask('{ contracts { key version signals { key importance } } contract(key: "no") { key } }')
    signals = [{"key": "temperature", "importance": "ESSENTIAL"}, {"key": "pressure", "importance": "IMPORTANT"}]
    assert data == {"contracts": [{"key": "drill", "version": 1, "signals": signals}], "contract": None}


async def test_a_contract_that_is_none_names_the_place(admin):
    wrong = CONTRACT | {"key": "wrong", "signals": [CONTRACT["signals"][0] | {"low": 300}]}
    error = (await admin.ask(PUT_CONTRACT, input=wrong))["putContract"]
    assert (error["code"], error["field"]) == ("INVALID", "signals")
    assert "low 300.0 is not below high 200" in error["message"]


async def test_created_assets_come_with_their_edges(fleet):
    assert fleet[0] == {
        "id": fleet[0]["id"],
        "key": "drill-000",
        "site": "Ulm",
        "line": "L1",
        "contract": {"key": "drill"},
        "health": {"health": "NO_MODEL"},
        "champion": None,
    }


async def test_all_or_none_are_created(admin, fleet):
    error = (await admin.ask(CREATE, input=new_assets("fresh-1", "drill-000")))["createAssets"]
    assert (error["__typename"], error["code"]) == ("ConflictError", "ASSET_EXISTS")
    assert error["facts"] == {"keys": ["drill-000"]}
    assert await admin.ask('{ asset(key: "fresh-1") { id } }') == {"asset": None}


async def test_pages_follow_each_other(admin, fleet):
    query = "query q($after: String) { assets(first: 50, after: $after) { totalCount edges { node { key } } pageInfo { hasNextPage endCursor } } }"  # noqa: E501
    keys: list[str] = []
    after, sizes = None, []
    while True:
        page = (await admin.ask(query, after=after))["assets"]
        assert page["totalCount"] == 120
        keys += [edge["node"]["key"] for edge in page["edges"]]
        sizes.append(len(page["edges"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [50, 50, 20]
    assert keys == [f"drill-{number:03}" for number in range(120)]


async def test_search_and_state_narrow(admin, fleet):
    query = "query q($s: String, $h: Health) { assets(search: $s, health: $h, first: 5) { totalCount edges { node { key } } } }"  # noqa: E501
    found = (await admin.ask(query, s="drill-01"))["assets"]
    assert (found["totalCount"], [edge["node"]["key"] for edge in found["edges"]][:2]) == (
        10,
        ["drill-010", "drill-011"],
    )
    assert (await admin.ask(query, s="drill-01", h="ALARM"))["assets"] == {"totalCount": 0, "edges": []}


async def test_a_changed_cursor_is_refused(admin, fleet):
    page = (await admin.ask("{ assets(first: 1) { pageInfo { endCursor } } }"))["assets"]["pageInfo"]["endCursor"]
    for cursor in (page[:-2], page + "A", "nonsense", ""):
        answer = (await admin.post("query q($a: String) { assets(after: $a) { totalCount } }", a=cursor)).json()
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "INVALID"
        assert answer["errors"][0]["extensions"]["field"] == "after"
    answer = (await admin.post("query q($a: String) { runs(after: $a) { edges { cursor } } }", a=page)).json()
    assert answer["errors"][0]["extensions"]["field"] == "after"


@pytest.mark.parametrize("first", [0, 101, -5])
async def test_page_sizes_are_bounded(admin, first):
    answer = (await admin.post("query q($n: Int!) { assets(first: $n) { totalCount } }", n=first)).json()
    assert answer["errors"][0]["extensions"]["facts"] == {"low": 1, "high": 100}


async def test_a_hundred_assets_cost_as_many_statements_as_ten(admin, fleet, platform):
    query = """query q($n: Int!) { assets(first: $n) { edges { node { key health { health value } champion { number }
      challenger { number } deployment { settled } contract { key } openCase { title } } } } }"""

    async def statements(first: int) -> int:
        seen: list[str] = []

        def count(connection, cursor, statement, *rest):
            seen.append(statement)

        engine = platform.platform.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            data = await admin.ask(query, n=first)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert len(data["assets"]["edges"]) == first
        return len(seen)

    few, many = await statements(10), await statements(100)
    assert many == few
    assert many <= 20


async def test_events_cut_regimes_and_are_taken_back(admin, fleet):
    asset = fleet[7]["id"]
    event_ = {"assetId": asset, "kind": "PART_REPLACED", "time": "2026-03-01T12:00:00Z", "note": "lens", "part": "L-7"}
    made = (await admin.ask(RECORD, input=event_))["recordEvent"]
    assert made == {
        "__typename": "Event",
        "id": made["id"],
        "kind": "PART_REPLACED",
        "time": "2026-03-01T12:00:00+00:00",
        "note": "lens",
        "part": "L-7",
        "recordedBy": "Admin",
        "retractedAt": None,
    }
    look = "query q($key: String!) { asset(key: $key) { events { id } regimes { start end } } }"
    seen = (await admin.ask(look, key="drill-007"))["asset"]
    cut = "2026-03-01T12:00:00+00:00"
    assert seen == {
        "events": [{"id": made["id"]}],
        "regimes": [{"start": None, "end": cut}, {"start": cut, "end": None}],
    }
    retract = "mutation m($i: RetractEventInput!) { retractEvent(input: $i) { ... on Event { retractedAt } } }"
    assert (await admin.ask(retract, i={"eventId": made["id"]}))["retractEvent"]["retractedAt"] is not None
    assert len((await admin.ask(look, key="drill-007"))["asset"]["regimes"]) == 1


async def test_a_time_without_an_offset_is_refused(admin, fleet):
    wrong = {"assetId": fleet[0]["id"], "kind": "FAILURE", "time": "2026-03-01T12:00:00"}
    error = (await admin.ask(RECORD, input=wrong))["recordEvent"]
    assert error == {"__typename": "InvalidError", "code": "INVALID", "field": "time"}


@pytest.mark.parametrize("wrong", [{"time": "yesterday"}, {"kind": "EXPLODED"}, {"assetId": 7.5}, {"extra": 1}])
async def test_values_that_are_none_of_their_type_are_the_askers_fault(admin, fleet, wrong):
    right = {"assetId": fleet[0]["id"], "kind": "FAILURE", "time": "2026-03-01T12:00:00Z"}
    answer = await admin.post(RECORD, input=right | wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"] == {"code": "QUERY_INVALID"}


async def test_two_mutations_in_one_request_are_two_transactions(admin, fleet):
    query = """mutation m($a: RecordEventInput!, $b: RecordEventInput!) {
      a: recordEvent(input: $a) { ... on Event { id } } b: recordEvent(input: $b) { ... on Error { code } } }"""
    right = {"assetId": fleet[8]["id"], "kind": "MAINTENANCE", "time": "2026-03-01T12:00:00Z"}
    data = await admin.ask(query, a=right, b=right | {"assetId": global_id("Asset", new_id())})
    assert data["b"] == {"code": "ASSET_NOT_FOUND"}
    events = (await admin.ask('{ asset(key: "drill-008") { events { id } } }'))["asset"]["events"]
    assert events == [{"id": data["a"]["id"]}]


async def test_nodes_are_found_by_their_ids(admin, fleet):
    query = "query q($id: ID!) { node(id: $id) { __typename id ... on Asset { key } ... on Contract { title: key } } }"
    node = (await admin.ask(query, id=fleet[3]["id"]))["node"]
    assert node == {"__typename": "Asset", "id": fleet[3]["id"], "key": "drill-003"}
    contract = (await admin.ask("{ contracts { id } }"))["contracts"][0]["id"]
    assert (await admin.ask(query, id=contract))["node"]["title"] == "drill"
    for absent in (global_id("Asset", new_id()), "nonsense", "", fleet[3]["id"][:-1], global_id("Thing", new_id())):
        assert (await admin.ask(query, id=absent))["node"] is None
    tenant = (await admin.ask("{ tenant { id slug } }"))["tenant"]
    assert (await admin.ask(query, id=tenant["id"]))["node"]["__typename"] == "Tenant"


async def test_members_and_keys(admin, app):
    errors = "... on Error { code } } }"
    add = "mutation m($i: AddMemberInput!) { addMember(input: $i) { ... on Member { id email role } " + errors
    new = {"email": "new@example.com", "name": "New", "role": "OPERATOR", "password": "correct horse battery"}
    member = (await admin.ask(add, i=new))["addMember"]
    assert (member["email"], member["role"]) == ("new@example.com", "OPERATOR")
    assert (await admin.ask(add, i=new))["addMember"] == {"code": "MEMBER_EXISTS"}
    change = (
        "mutation m($i: ChangeRoleInput!) { changeRole(input: $i) { ... on Member { role } ... on Error { code } } }"
    )
    changed = await admin.ask(change, i={"memberId": member["id"], "role": "ENGINEER"})
    assert changed["changeRole"] == {"role": "ENGINEER"}
    create = "mutation m($i: CreateApiKeyInput!) { createApiKey(input: $i) { ... on NewApiKey { secret key { id prefix scopes } } } }"  # noqa: E501
    made = (await admin.ask(create, i={"name": "bench", "scopes": ["QUERY"]}))["createApiKey"]
    assert made["secret"].startswith(made["key"]["prefix"])
    async with http_client(app, Authorization=f"Bearer {made['secret']}") as client:
        program = Gql(client)
        assert (await program.ask("{ me { kind permissions } }"))["me"] == {"kind": "key", "permissions": ["QUERY"]}
        revoke = "mutation m($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) { ... on ApiKey { revokedAt } } }"
        assert (await admin.ask(revoke, i={"keyId": made["key"]["id"]}))["revokeApiKey"]["revokedAt"] is not None
        assert (await program.post("{ me { kind } }")).status_code == 401


async def test_an_operator_reads_and_may_not_manage(members, fleet):
    operator = members[Role.OPERATOR]
    assert (await operator.ask("{ assets(first: 1) { totalCount } }"))["assets"]["totalCount"] == 120
    answer = (await operator.post("{ members { email } }")).json()
    assert answer["data"] is None
    shown = answer["errors"][0]["extensions"]
    assert (shown["code"], shown["facts"]) == ("FORBIDDEN", {"permission": "manage_members"})


async def test_what_nobody_expected_is_masked_and_logged_once(admin, fleet, monkeypatch, capsys):
    async def broken(*arguments, **named):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(training, "list_runs", broken)
    answer = (await admin.post("{ runs { edges { cursor } } }")).json()
    assert "secret detail" not in str(answer)
    shown = answer["errors"][0]["extensions"]
    assert shown["code"] == "INTERNAL"
    printed = capsys.readouterr().out
    assert printed.count("unexpected error") == 1
    assert shown["traceId"] in printed


async def test_a_known_error_of_a_query_has_its_code_and_facts(admin, monkeypatch):
    async def refused(*arguments, **named):
        raise Exhausted("Too many.", retry_after=3.0, most=5)

    monkeypatch.setattr(training, "list_runs", refused)
    shown = (await admin.post("{ runs { edges { cursor } } }")).json()["errors"][0]["extensions"]
    assert (shown["code"], shown["facts"]) == ("EXHAUSTED", {"most": 5})


@pytest.mark.parametrize(
    "query",
    [
        "{ " + " ".join(f"n{i}: me {{ name }}" for i in range(250)) + "}",
        "{ ...f0 } " + " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(100))
        + " fragment f100 on Query { me { name } }",
        "{ " + "nothing " * 900 + "}",
        "{ me { " + "x" * 60_000 + " } }",
        "{" * 3000,
        "query q { __schema { types { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { fields { name } } } } } } } } } } } } } } } } } }",  # noqa: E501
    ],
)  # fmt: skip
async def test_costly_queries_are_refused_quickly_and_briefly(admin, query, capsys):
    start = time.perf_counter()
    answer = await admin.post(query)
    assert time.perf_counter() - start < 0.5
    assert answer.status_code == 400
    assert "data" not in answer.json()
    assert len(answer.content) < 4096
    assert len(capsys.readouterr().out) < 4096


async def test_suggestions_are_off(admin):
    answer = (await admin.post("{ tenan { slug } }")).json()
    assert "Did you mean" not in str(answer)
    assert answer["errors"][0]["extensions"] == {"code": "QUERY_INVALID"}


async def test_the_usual_introspection_query_is_within_limits(admin):
    from graphql import get_introspection_query

    data = await admin.ask(get_introspection_query())
    assert data["__schema"]["mutationType"]["name"] == "Mutation"
