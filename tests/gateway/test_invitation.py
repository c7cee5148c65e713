"""An invitation from the admin's mutation to the new member's first request."""

import pytest
from gateway_client import BASE, http_client

from gateway.auth import COOKIE

pytestmark = pytest.mark.platform

INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  __typename ... on NewInvitation { token invitation { id email role invitedBy } } ... on Error { code field } } }"""
REVOKE = """mutation ($input: RevokeInvitationInput!) { revokeInvitation(input: $input) {
  __typename ... on Invitation { email } ... on Error { code } } }"""
PASSWORD = "correct horse battery"


@pytest.fixture
async def nobody(app):
    async with http_client(app, Origin=BASE) as client:
        yield client


async def test_the_holder_of_a_link_becomes_a_member(admin, nobody, tenant):
    made = (await admin.ask(INVITE, input={"email": "kim@example.com", "role": "ENGINEER"}))["inviteMember"]
    assert made["invitation"] | {"id": None} == {
        "id": None, "email": "kim@example.com", "role": "ENGINEER", "invitedBy": "Admin",
    }  # fmt: skip
    asked = await nobody.post("/v1/invitation", json={"token": made["token"]})
    assert asked.json() | {"expiresAt": None} == {
        "tenant": {"slug": tenant.slug, "name": tenant.name},
        "email": "kim@example.com",
        "role": "ENGINEER",
        "invitedBy": "Admin",
        "expiresAt": None,
    }
    slip = await nobody.post("/v1/invitation/accept", json={"token": made["token"], "name": "Kim", "password": "short"})
    assert (slip.status_code, slip.json()["code"], slip.json()["field"]) == (422, "PASSWORD_TOO_SHORT", "password")
    assert COOKIE not in nobody.cookies
    joined = await nobody.post(
        "/v1/invitation/accept", json={"token": made["token"], "name": "Kim", "password": PASSWORD}
    )
    assert joined.json()["member"] == {"name": "Kim", "email": "kim@example.com", "role": "ENGINEER"}
    assert "HttpOnly" in joined.headers["set-cookie"]
    assert nobody.cookies[COOKIE] not in joined.text
    me = await nobody.post("/graphql", json={"query": "{ me { name role } tenant { slug } }"})
    assert me.json()["data"] == {"me": {"name": "Kim", "role": "ENGINEER"}, "tenant": {"slug": tenant.slug}}
    listed = await admin.ask("{ invitations { id } members { email } }")
    assert made["invitation"]["id"] not in [each["id"] for each in listed["invitations"]]
    assert "kim@example.com" in [each["email"] for each in listed["members"]]


async def test_a_link_that_is_not_open_is_one_answer(admin, nobody):
    made = (await admin.ask(INVITE, input={"email": "lee@example.com", "role": "OPERATOR"}))["inviteMember"]
    revoked = (await admin.ask(REVOKE, input={"invitationId": made["invitation"]["id"]}))["revokeInvitation"]
    assert revoked == {"__typename": "Invitation", "email": "lee@example.com"}
    answers = []
    for token in (made["token"], "unknown"):
        for path in ("/v1/invitation", "/v1/invitation/accept"):
            answer = await nobody.post(path, json={"token": token, "name": "Lee", "password": PASSWORD})
            assert answer.status_code == 401
            answers.append(answer.json() | {"traceId": None})
    assert {each["code"] for each in answers} == {"CREDENTIAL_REFUSED"}
    assert len({each["message"] for each in answers}) == 1
    assert COOKIE not in nobody.cookies


async def test_a_page_of_another_origin_cannot_accept(app, admin):
    made = (await admin.ask(INVITE, input={"email": "eve@example.com", "role": "OPERATOR"}))["inviteMember"]
    async with http_client(app, Origin="http://evil.example") as client:
        for path in ("/v1/invitation", "/v1/invitation/accept"):
            answer = await client.post(path, json={"token": made["token"], "name": "Eve", "password": PASSWORD})
            assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_REFUSED")
