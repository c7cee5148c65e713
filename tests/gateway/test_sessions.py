"""Sessions over GraphQL: listed with their browsers, ended one by one or all but the one that asks."""

import pytest
from gateway_client import Gql, http_client, signed_in

from gateway.auth import COOKIE
from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform

SESSIONS = "query ($member: ID) { sessions(memberId: $member) { id userAgent current lastSeenAt createdAt } }"
END = """mutation ($input: EndSessionInput!) { endSession(input: $input) {
  __typename ... on Session { userAgent } ... on Error { code field } } }"""
END_OTHERS = """mutation ($input: EndOtherSessionsInput!) { endOtherSessions(input: $input) {
  __typename ... on EndedSessions { sessions { userAgent } } ... on Error { code field } } }"""


@pytest.fixture
async def mina(app, platform, tenant, principal):
    """Signs Mina in with another browser at each call."""
    async with platform.unit(tenant) as uow:
        email = f"mina-{len(await tenancy.list_members(uow, principal))}@example.com"
        member = await tenancy.add_member(uow, principal, email, "Mina", Role.OPERATOR, "correct horse battery")
        await uow.commit()

    async def sign_in(browser: str) -> Gql:
        client = http_client(app, **{"User-Agent": browser})
        right = {"tenant": tenant.slug, "email": email, "password": "correct horse battery"}
        assert (await client.post("/v1/session", json=right)).status_code == 200
        return Gql(client, member, app.state.gateway.documents)

    return sign_in


async def test_own_sessions_are_listed_and_ended(mina):
    phone, desk, here = await mina("Phone"), await mina("Desk"), await mina("Here")
    listed = (await here.ask(SESSIONS))["sessions"]
    assert [(each["userAgent"], each["current"]) for each in listed] == [
        ("Here", True),
        ("Desk", False),
        ("Phone", False),
    ]
    answer = await here.ask(END, input={"sessionId": listed[2]["id"]})
    assert answer["endSession"] == {"__typename": "Session", "userAgent": "Phone"}
    assert (await phone.post(SESSIONS)).status_code == 401
    answer = await here.ask(END_OTHERS, input={})
    assert answer["endOtherSessions"] == {"__typename": "EndedSessions", "sessions": [{"userAgent": "Desk"}]}
    assert (await desk.post(SESSIONS)).status_code == 401
    assert len((await here.ask(SESSIONS))["sessions"]) == 1


async def test_an_admin_ends_those_of_a_member(app, tenant, mina):
    here, admin = await mina("Here"), await signed_in(app, tenant)
    member = (await admin.ask("{ members { id name email } }"))["members"]
    [id] = [each["id"] for each in member if each["email"] == here.member.email]
    assert [each["userAgent"] for each in (await admin.ask(SESSIONS, member=id))["sessions"]] == ["Here"]
    await admin.ask(END_OTHERS, input={"memberId": id})
    assert (await here.post(SESSIONS)).status_code == 401


async def test_an_operator_does_not_reach_anothers(app, tenant, mina):
    here, other = await mina("Here"), await signed_in(app, tenant, Role.OPERATOR)
    [session] = (await here.ask(SESSIONS))["sessions"]
    answer = await other.ask(END, input={"sessionId": session["id"]})
    assert answer["endSession"] == {"__typename": "NotFoundError", "code": "SESSION_NOT_FOUND", "field": "sessionId"}
    assert await other.ask("query ($id: ID!) { node(id: $id) { id } }", id=session["id"]) == {"node": None}
    assert len((await here.ask(SESSIONS))["sessions"]) == 1


async def test_a_session_by_its_cookie_is_the_current_one(app, mina):
    here = await mina("Here")
    assert here.http.cookies[COOKIE]
    [session] = (await here.ask(SESSIONS))["sessions"]
    found = await here.ask("query ($id: ID!) { node(id: $id) { ... on Session { current } } }", id=session["id"])
    assert found == {"node": {"current": True}}
