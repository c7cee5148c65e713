"""Edges through the API: reported by a key, listed, forgotten."""

import pytest
from gateway_client import http_client, make_key
from sqlalchemy import text

from services.edges import model
from services.kernel.rights import Permission

pytestmark = pytest.mark.platform

REPORT = """mutation r($input: ReportPlantEdgeInput!) { result: reportPlantEdge(input: $input) {
  __typename ... on PlantEdge { id name silent key } ... on Error { code field facts } } }"""
FORGET = """mutation f($input: ForgetPlantEdgeInput!) { result: forgetPlantEdge(input: $input) {
  __typename ... on PlantEdge { name } ... on Error { code } } }"""
LISTED = """query l($first: Int = 50, $after: String) { plantEdges(first: $first, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { name version startedAt silent seenAt key
    sources {
      name connector state why since tags silent waiting stored quarantined refused lastRefusal oldest { tag ageS }
    }
    destinations { name destination state why since waiting delivered putAside } } } } }"""
NOON = "2026-03-01T12:00:00+00:00"
PLC = {
    "name": "plc7", "connector": "opc-ua", "state": "WAITING", "why": "no route", "since": NOON, "tags": 12,
    "silent": 3,
    "waiting": 400, "stored": 9000, "quarantined": 2, "refused": 1, "lastRefusal": "too hot",
    "oldest": [{"tag": "t1", "ageS": None}, {"tag": "t2", "ageS": 90.5}],
}  # fmt: skip
CHAT = {
    "name": "chat", "destination": "apprise", "state": "FAILING", "why": "500", "since": NOON, "waiting": 1,
    "delivered": 7, "putAside": 0,
}  # fmt: skip


def report(name: str, **more) -> dict:
    return {"name": name, "version": "0.1.0", "startedAt": NOON, "sources": [PLC], "destinations": [CHAT], **more}


@pytest.fixture
async def clean(platform, tenant):
    yield
    async with platform.unit(tenant) as uow:
        await uow.session.execute(text("DELETE FROM plant_edge"))
        await uow.commit()


@pytest.fixture
async def edge(app, platform, tenant):
    """Asks as an edge does, by a key that may send rows and nothing else."""
    key = await make_key(platform.platform, tenant, Permission.INGEST, Permission.QUERY)
    http = http_client(app, authorization=f"Bearer {key}")

    async def ask(query: str, **variables) -> dict:
        answer = (await http.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]["result"]

    return ask


async def listed(who, **variables) -> list[dict]:
    return [each["node"] for each in (await who.ask(LISTED, **variables))["plantEdges"]["edges"]]


async def test_what_an_edge_says_is_shown(clean, edge, admin):
    said = await edge(REPORT, input=report("hall-3"))
    assert (said["__typename"], said["name"], said["silent"], said["key"]) == (
        "PlantEdge",
        "hall-3",
        False,
        "a program",
    )
    [shown] = await listed(admin)
    assert (shown["sources"], shown["destinations"], shown["startedAt"]) == ([PLC], [CHAT], NOON)
    again = await edge(REPORT, input=report("hall-3", sources=[], destinations=[]))
    assert again["id"] == said["id"]
    [shown] = await listed(admin)
    assert (shown["sources"], shown["destinations"]) == ([], [])


async def test_they_are_paged_by_name(clean, edge, admin):
    for name in ("c", "a", "b"):
        await edge(REPORT, input=report(name))
    page = (await admin.ask(LISTED, first=2))["plantEdges"]
    assert [each["node"]["name"] for each in page["edges"]] == ["a", "b"]
    rest = await listed(admin, after=page["pageInfo"]["endCursor"])
    assert [each["name"] for each in rest] == ["c"]


async def test_one_that_says_nothing_is_silent(clean, edge, admin, platform, tenant):
    await edge(REPORT, input=report("hall-3"))
    async with platform.unit(tenant) as uow:
        await uow.session.execute(text("UPDATE plant_edge SET seen_at = seen_at - interval '3 minutes'"))
        await uow.commit()
    assert [each["silent"] for each in await listed(admin)] == [True]
    await edge(REPORT, input=report("hall-3"))
    assert [each["silent"] for each in await listed(admin)] == [False]


async def test_it_is_forgotten_until_it_reports_again(clean, edge, admin):
    said = await edge(REPORT, input=report("hall-3"))
    forget = {"plantEdgeId": said["id"]}
    assert (await edge(FORGET, input=forget))["code"] == "FORBIDDEN"
    assert (await admin.ask(FORGET, input=forget))["result"] == {"__typename": "PlantEdge", "name": "hall-3"}
    assert await listed(admin) == []
    assert (await admin.ask(FORGET, input=forget))["result"]["code"] == "PLANT_EDGE_NOT_FOUND"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "hall 3"}, "name"),
        ({"startedAt": "2026-03-01T12:00:00"}, "startedAt"),
        ({"sources": [PLC | {"since": "2026-03-01T12:00:00"}]}, "sources.0.since"),
        ({"sources": [PLC, PLC]}, "sources.1.name"),
    ],
)
async def test_reports_that_are_refused(clean, edge, admin, wrong, field):
    said = await edge(REPORT, input=report("hall-3") | wrong)
    assert (said["__typename"], said["field"]) == ("InvalidError", field)
    assert await listed(admin) == []


async def test_there_are_not_more_than_may_be(clean, edge, monkeypatch):
    monkeypatch.setattr(model, "MOST_EDGES", 1)
    await edge(REPORT, input=report("a"))
    said = await edge(REPORT, input=report("b"))
    assert (said["code"], said["facts"]) == ("TOO_MANY_EDGES", {"limit": 1})
    assert (await edge(REPORT, input=report("a")))["name"] == "a"
