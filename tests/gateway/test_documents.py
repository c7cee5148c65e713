"""What may be asked: known documents by everybody, own text by who may `QUERY`."""

import json
from pathlib import Path

import pytest
from gateway_client import http_client, make_app, make_key, open_session
from graphql import validate

import gateway
from gateway import limits
from gateway.auth import COOKIE
from gateway.documents import FILE, Documents, id_of
from gateway.prepare import prepare
from gateway.schema.root import build
from services.kernel.rights import Permission, Role

ME = "query Me { me { role permissions } }"
GENERATED = Path(gateway.__file__).parent / "portal/src/api/generated/persisted-documents.json"


def test_ids_are_those_of_graphql_over_http():
    assert id_of("{ a }") == "sha256:1c7e1e347f726166b5b1c55afd61f278cc9b45e00c108ec33d540a566379811b"


@pytest.mark.browser
def test_the_portals_documents_are_valid_within_limits_and_known_by_the_ids_it_sends():
    texts = json.loads(GENERATED.read_text("utf-8"))
    schema = build()._schema
    for id, text in texts.items():
        document = prepare(text).document
        limits.check(document, {})
        assert (id_of(text), validate(schema, document)) == (id, [])
    assert len(texts) > 70


def test_they_are_read_from_the_built_portal(tmp_path):
    assert list(Documents.of_portal(tmp_path)) == []
    (tmp_path / FILE).write_text(json.dumps({"sha256:of it": ME}))
    assert list(Documents.of_portal(tmp_path)) == [ME]


def test_what_is_known_is_parsed_once_and_stays():
    documents = Documents([ME])
    first = documents.prepared(ME)
    for number in range(300):
        documents.prepared(f"{{ a{number} }}")
    assert documents.prepared(ME) is first
    assert documents.prepared("{ a299 }") is documents.prepared("{ a299 }")


@pytest.fixture(scope="module")
def app(platform):
    app = make_app(platform.platform)
    app.state.gateway.documents.add(ME)
    return app


@pytest.fixture
async def operator(app, platform, tenant):
    token, _ = await open_session(platform.platform, tenant, Role.OPERATOR)
    async with http_client(app) as client:
        client.cookies.set(COOKIE, token)
        yield client


async def test_an_operator_asks_what_is_known(operator):
    for body in ({"documentId": id_of(ME)}, {"documentId": id_of(ME), "query": ""}):
        answer = await operator.post("/graphql", json=body)
        assert answer.status_code == 200
        assert answer.json()["data"]["me"]["role"] == "OPERATOR"


@pytest.mark.parametrize("query", [ME, "{ __schema { types { name } } }", "{ tenan }", "{"])
async def test_an_operator_sends_no_text_and_learns_nothing_from_trying(operator, query):
    answer = await operator.post("/graphql", json={"query": query})
    assert answer.status_code == 403
    body = answer.json()
    assert (body["code"], body["facts"]) == ("FORBIDDEN", {"permission": "query"})
    assert "tenant" not in body["message"].replace("your tenant", "")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"documentId": id_of("{ me { kind } }")}, 404, "DOCUMENT_UNKNOWN", "documentId"),
        ({"documentId": 7}, 404, "DOCUMENT_UNKNOWN", "documentId"),
        ({"documentId": ""}, 404, "DOCUMENT_UNKNOWN", "documentId"),
        ({"documentId": id_of(ME), "query": ME}, 400, "BAD_REQUEST", "documentId"),
        ({"documentId": None}, 400, "BAD_REQUEST", "query"),
        ({}, 400, "BAD_REQUEST", "query"),
        ({"documentId": id_of(ME), "variables": 1}, 400, "BAD_REQUEST", "variables"),
    ],
)
async def test_what_cannot_be_answered_is_said(operator, body, status, code, field):
    answer = await operator.post("/graphql", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)


@pytest.mark.parametrize(
    ("accept", "status", "form"),
    [
        ("*/*", 400, "application/json"),
        ("application/json", 200, "application/json"),
        ("application/graphql-response+json, application/json", 400, "application/graphql-response+json"),
        ("image/png", 406, "application/problem+json"),
    ],
)
async def test_the_form_of_an_answer_is_the_clients_choice(app, platform, tenant, accept, status, form):
    key = await make_key(platform.platform, tenant)
    async with http_client(app, Authorization=f"Bearer {key}", Accept=accept) as client:
        answer = await client.post("/graphql", json={"query": "{ nothing }"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, form)
        assert "data" not in answer.json()


async def test_a_key_needs_the_scope(app, platform, tenant):
    for scopes, status in (((Permission.VIEW,), 403), ((Permission.VIEW, Permission.QUERY), 200)):
        key = await make_key(platform.platform, tenant, *scopes)
        async with http_client(app, Authorization=f"Bearer {key}") as client:
            assert (await client.post("/graphql", json={"query": ME})).status_code == status
            assert (await client.post("/graphql", json={"documentId": id_of(ME)})).status_code == 200
