"""Keys over GraphQL: a rotated one is shown with what it replaces, and both secrets open the door."""

import pytest
from gateway_client import http_client

pytestmark = pytest.mark.platform

CREATE = """mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  __typename ... on NewApiKey { secret key { id prefix } } ... on Error { code } } }"""
ROTATE = """mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) {
  __typename ... on NewApiKey { secret key { id name scopes replaces { id } } } ... on Error { code field facts } } }"""
REVOKE = """mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { __typename } }"""
KEYS = "{ apiKeys { id name expiresAt lastUsedAt replaces { id } } }"


async def answers(app, secret: str) -> int:
    async with http_client(app, Authorization=f"Bearer {secret}") as client:
        return (await client.post("/graphql", json={"query": "{ me { kind } }"})).status_code


async def test_a_key_is_rotated_without_a_gap(app, admin):
    old = (await admin.ask(CREATE, input={"name": "collector", "scopes": ["INGEST", "QUERY"]}))["createApiKey"]
    new = (await admin.ask(ROTATE, input={"keyId": old["key"]["id"]}))["rotateApiKey"]
    assert new["key"] | {"id": None} == {
        "id": None, "name": "collector", "scopes": ["INGEST", "QUERY"], "replaces": {"id": old["key"]["id"]},
    }  # fmt: skip
    assert [await answers(app, each["secret"]) for each in (old, new)] == [200, 200]
    before, after = [each for each in (await admin.ask(KEYS))["apiKeys"] if each["name"] == "collector"]
    assert (before["replaces"], after["replaces"]) == (None, {"id": old["key"]["id"]})
    assert before["expiresAt"] is not None
    assert before["lastUsedAt"] is not None
    assert (after["expiresAt"], after["lastUsedAt"] is not None) == (None, True)
    again = (await admin.ask(ROTATE, input={"keyId": new["key"]["id"]}))["rotateApiKey"]
    assert (again["__typename"], again["code"], again["field"]) == ("ConflictError", "API_KEY_IN_ROTATION", "keyId")
    assert again["facts"].keys() == {"until"}
    await admin.ask(REVOKE, input={"keyId": new["key"]["id"]})
    assert [await answers(app, each["secret"]) for each in (old, new)] == [401, 401]


@pytest.mark.parametrize("hours", [-1, 721, 2**31 - 1])
async def test_an_overlap_is_limited(admin, hours):
    old = (await admin.ask(CREATE, input={"name": f"key {hours}", "scopes": ["VIEW"]}))["createApiKey"]
    answer = (await admin.ask(ROTATE, input={"keyId": old["key"]["id"], "overlapHours": hours}))["rotateApiKey"]
    assert answer == {
        "__typename": "InvalidError", "code": "OVERLAP_TOO_LONG", "field": "overlapHours", "facts": {"most": 720},
    }  # fmt: skip
