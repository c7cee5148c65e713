"""Each hostile query through each entry: the same code, a short answer, short logs, and work that its size bounds."""

import asyncio
import json
import time

import pytest
from graphql import parse, validate
from hostile_queries import HOSTILE, Hostile, chain, doubled, many
from websockets.asyncio.client import connect

from gateway import limits
from gateway.errors import QueryTooCostly
from gateway.schema.root import build

pytestmark = pytest.mark.platform
SHORT = 4_000
CORE = build()._schema

hostile = pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)


def judge(query: Hostile, errors: list[dict]) -> None:
    said = errors[0]["extensions"]
    assert said["code"] == query.code
    if query.limit is not None:
        assert said["facts"]["limit"] == query.limit


@hostile
async def test_over_http(client, query, capfd, caplog):
    capfd.readouterr()
    answer = await client.post("/graphql", json={"query": query.text})
    assert answer.status_code == 400
    assert "data" not in answer.json()
    judge(query, answer.json()["errors"])
    assert len(answer.content) < SHORT
    printed = "".join(capfd.readouterr())
    assert printed.count("\n") == 1, printed[:SHORT]  # the access log
    assert len(printed) < SHORT
    assert not [record for record in caplog.records if record.name.startswith("strawberry")]


@hostile
async def test_over_the_websocket(port, key, query):
    credential = {"Authorization": f"Bearer {key}"}
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(
        address, subprotocols=["graphql-transport-ws"], additional_headers=credential, proxy=None
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query.text}}))
        text = await asyncio.wait_for(socket.recv(), 20)
        assert len(text) < SHORT
        message = json.loads(text)
        assert message["type"] == "error"
        judge(query, message["payload"])


@pytest.mark.parametrize(
    ("text", "small", "large"),
    [
        (lambda size: many("n{x}", size), 200, 1600),
        (lambda size: many("me { name }", size), 200, 1200),
        (lambda size: many("a#: __typename", size), 150, 1200),
        (lambda size: many("...f", size) + "fragment f on Query { __typename }", 200, 1600),
        (lambda size: chain(size, 2), 50, 400),
        (chain, 50, 400),
        (lambda size: "{ __typename }" + " ".join(f"fragment f{i} on Query {{ x }}" for i in range(size)), 60, 480),
        (lambda size: "query q(" + " ".join(f"$v{i}: Int" for i in range(size)) + ") { __typename }", 100, 800),
        (lambda size: "{ node(id: \"" + "x" * size + "\") { id } }", 10_000, 80_000),
    ],
)  # fmt: skip
def test_work_grows_with_the_text_at_most(text, small, large):
    """Parsing, measuring and validating; eight times the text may take twenty times the work, never sixty-four."""

    def work(size: int) -> float:
        query, best = text(size), float("inf")
        for _ in range(5):
            began = time.thread_time()
            document = parse(query)
            try:
                limits.check(document)
            except QueryTooCostly:
                pass
            else:
                validate(CORE, document)
            best = min(best, time.thread_time() - began)
        return best

    assert work(large) < 20 * work(small) + 0.02


def test_what_passes_the_limits_is_validated_in_a_bounded_number_of_steps():
    """The worst that is let through: as many repeats as may be, of as many fields as may be."""
    size = limits.FIELDS // (limits.REPEATS + 1) - 1
    wide = "me " + many("f#", size)
    worst = "{" + " ".join([wide] * (limits.REPEATS + 1)) + "}"
    assert limits.check(parse(worst)).repeats == limits.REPEATS
    plain = "{ me " + many("f#", limits.FIELDS - 1) + "}"

    def work(query: str) -> float:
        document, best = parse(query), float("inf")
        for _ in range(3):
            began = time.thread_time()
            validate(CORE, document)
            best = min(best, time.thread_time() - began)
        return best

    assert work(worst) < 40 * work(plain) + 0.02


def test_doubling_is_refused_by_a_short_text():
    with pytest.raises(QueryTooCostly) as caught:
        limits.check(parse("{" + doubled(6) + "}"))
    assert caught.value.facts == {"limit": "repeats", "most": limits.REPEATS}


@pytest.mark.parametrize(
    "variables",
    [
        {"id": "x" * 200_000},
        {"id": "a\0b"},
        {"id": ["x"] * 1000},
        {"id": {str(number): number for number in range(1000)}},
        {"id": 10**18},
        {"id": "\U0010ffff"},
    ],
)
async def test_hostile_variables_are_nobodys_node(client, variables):
    query = "query q($id: ID!) { node(id: $id) { id } }"
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code in (200, 400)
    assert "INTERNAL" not in answer.text
    assert len(answer.content) < SHORT


async def test_variables_nested_beyond_the_parser_are_no_json(client):
    deep = '{"query": "{ __typename }", "variables": {"a": ' + "[" * 5_000 + "]" * 5_000 + "}}"
    answer = await client.post("/graphql", content=deep, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
