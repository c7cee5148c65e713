"""Every field of the schema with operations made from it by hypothesis-graphql, which is what Schemathesis asks with.

They are asked over real HTTP by an admin, with ids that earlier answers held, so that later ones reach deeper; half of
the fields' input is wrong on purpose. Whatever is asked, the answer is an answer: no defect, no word of our insides.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gateway_client import make_key
from graphql import GraphQLSchema, build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, nodes, queries

from infra.settings import REPOSITORY

pytestmark = pytest.mark.platform

TEXT = (REPOSITORY / "gateway/schema.graphql").read_text("utf-8")
SCHEMA: GraphQLSchema = build_schema(TEXT)
DOCUMENTED = {
    "QUERY_INVALID",
    *re.findall(r"^\| `([A-Z_]+)` \|", (REPOSITORY / "docs/reference/errors.md").read_text("utf-8"), re.MULTILINE),
} - {"INTERNAL"}
INSIDES = re.compile(r"Traceback|site-packages|\.py\b|psycopg|sqlalchemy|asyncpg|SELECT .* FROM|services\.|gateway\.")
EXAMPLES = int(os.environ.get("ANDON_ATTACKS", "5"))
"""A field and kind. Set it higher to search for longer."""
LONGEST = 1_000_000

assert SCHEMA.query_type is not None
assert SCHEMA.mutation_type is not None
OPERATIONS = {queries: SCHEMA.query_type, mutations: SCHEMA.mutation_type}
FIELDS = [(make, name) for make, root in OPERATIONS.items() for name in root.fields]
QUICK = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


class Attacker:
    """Asks, judges each answer, and remembers the ids in it."""

    def __init__(self, port: int, new_key: Any) -> None:
        self._new_key = new_key
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.ids = ["", "nonsense", "QXNzZXQ6AAAAAAAAAAAAAAAAAAAAAA"]
        self.asked = 0

    def ask(self, query: str) -> None:
        self.asked += 1
        headers = {"Authorization": f"Bearer {self._new_key(renew=False)}"}
        answer = self._client.post("/graphql", json={"query": query}, headers=headers)
        if answer.status_code == 401:  # it revoked its own key
            headers = {"Authorization": f"Bearer {self._new_key(renew=True)}"}
            answer = self._client.post("/graphql", json={"query": query}, headers=headers)
        assert answer.status_code in (200, 400), (answer.status_code, query, answer.text[:500])
        assert len(answer.content) < LONGEST
        body = answer.json()
        told = list(strings(body))
        assert [text for text in told if INSIDES.search(text)] == [], query
        for error in body.get("errors", ()):
            code = error.get("extensions", {}).get("code")
            assert code in DOCUMENTED, (code, error, query)
        self.ids += [text for text in told if re.fullmatch(r"[A-Za-z0-9_-]{28,60}", text) and text not in self.ids]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


@pytest.fixture(scope="module")
async def attacker(platform, tenant, port, pump) -> Attacker:
    loop = asyncio.get_running_loop()
    keys: list[str] = []

    def key(*, renew: bool) -> str:
        if renew or not keys:
            keys.append(asyncio.run_coroutine_threadsafe(make_key(platform.platform, tenant), loop).result(20))
        return keys[-1]

    return Attacker(port, key)


@pytest.mark.parametrize(("make", "name"), FIELDS, ids=[f"{make.__name__}-{name}" for make, name in FIELDS])
async def test_every_field_answers_whatever_is_asked(attacker, make, name):
    known = st.integers(0).map(lambda number: nodes.String(attacker.ids[number % len(attacker.ids)]))
    scalars = {
        "ID": known,
        "DateTime": st.datetimes().map(lambda moment: nodes.String(moment.isoformat())),
        "JSON": st.none().map(lambda _: nodes.Null),
    }

    def attack(mode: Mode) -> None:
        @settings(QUICK, max_examples=EXAMPLES)
        @given(make(TEXT, fields=[name], custom_scalars=scalars, mode=mode))
        def asked(query: str) -> None:
            attacker.ask(query)

        asked()

    before = attacker.asked
    await asyncio.to_thread(attack, Mode.POSITIVE)
    if OPERATIONS[make].fields[name].args:  # without arguments there is nothing to get wrong
        await asyncio.to_thread(attack, Mode.NEGATIVE)
    assert attacker.asked > before
