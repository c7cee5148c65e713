"""Notifications through GraphQL: an admin's whole way, what is refused, and what others may not."""

import pytest
from gateway_client import Gql, make_app, signed_in

from gateway.relay import global_id
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.notifications import api as notifications
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform

SERVER = {"host": "smtp.acme.example", "port": 587, "security": "STARTTLS", "sender": "andon@acme.example"}
SHIFT = {"name": "Shift", "types": ["ALARM_RAISED"], "addresses": ["ana@acme.example"]}
SHOWN = {
    "MailServer": "host port security sender username hasPassword changedBy",
    "NotificationSubscription": "id name types addresses members { id name } site everyMinutes "
    "quiet { start end zone } paused",
    "NotificationMail": "id state test subject recipients",
}
LIST = "{ mailServer { host } notificationSubscriptions { id name } }"


@pytest.fixture
async def admin(platform, tenant) -> Gql:
    client = await signed_in(make_app(platform.platform), tenant)
    known = await client.ask(LIST)
    for each in known["notificationSubscriptions"]:
        await act(client, "deleteNotificationSubscription", subscriptionId=each["id"])
    if known["mailServer"]:
        await act(client, "removeMailServer")
    return client


async def act(client: Gql, mutation: str, **given: object) -> dict:
    [kind] = [each for each in SHOWN if each in mutation] or ["NotificationMail"]
    query = f"""mutation a($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ result: {mutation}(input: $input) {{
      __typename ... on {kind} {{ {SHOWN[kind]} }} ... on Error {{ code field facts }} }} }}"""
    return (await client.ask(query, input=given))["result"]


async def test_the_whole_way_of_a_subscription(admin, platform, tenant, principal):
    set_ = await act(admin, "setMailServer", **SERVER, username="u", password="a secret")
    expected = {"__typename": "MailServer", **SERVER, "username": "u", "hasPassword": True, "changedBy": "Admin"}
    assert set_ == expected
    assert "a secret" not in (await admin.post("{ mailServer { host username hasPassword } }")).text
    async with platform.unit(tenant) as uow:
        [member] = [each for each in await tenancy.list_members(uow, principal) if each.name == "Admin"][:1]
    id = global_id("Member", member.id)
    quiet = {"start": "22:00", "end": "06:00", "zone": "Europe/Vienna"}
    made = await act(admin, "createNotificationSubscription", **SHIFT, memberIds=[id], quiet=quiet, site="Suwon")
    subscription_id = made.pop("id")
    assert made == {
        "__typename": "NotificationSubscription", **SHIFT, "members": [{"id": id, "name": "Admin"}], "site": "Suwon",
        "everyMinutes": 15, "quiet": quiet, "paused": False,
    }  # fmt: skip
    it = {"subscriptionId": subscription_id}
    changed = await act(admin, "updateNotificationSubscription", **it, **SHIFT | {"name": "Night"}, everyMinutes=60)
    assert (changed["name"], changed["everyMinutes"], changed["quiet"], changed["members"]) == ("Night", 60, None, [])
    test = await act(admin, "sendTestNotification", **it)
    assert (test["state"], test["test"], test["recipients"]) == ("WAITING", True, ["ana@acme.example"])
    page = """query p($id: ID!) { notificationSubscription(id: $id) {
      mails(first: 1) { edges { node { id } } pageInfo { hasNextPage } } } }"""
    listed = (await admin.ask(page, id=subscription_id))["notificationSubscription"]["mails"]
    assert listed == {"edges": [{"node": {"id": test["id"]}}], "pageInfo": {"hasNextPage": False}}
    assert (await act(admin, "deleteNotificationSubscription", **it))["name"] == "Night"
    gone = await act(admin, "sendTestNotification", **it)
    assert (gone["__typename"], gone["code"]) == ("NotFoundError", "SUBSCRIPTION_NOT_FOUND")
    assert (await act(admin, "removeMailServer"))["host"] == SERVER["host"]
    assert (await act(admin, "removeMailServer"))["code"] == "MAIL_SERVER_NOT_FOUND"


async def test_a_kept_password_goes_to_no_other_server(admin):
    await act(admin, "setMailServer", **SERVER, username="u", password="a secret")
    assert (await act(admin, "setMailServer", **SERVER | {"sender": "b@acme.example"}, username="u"))["hasPassword"]
    for other in ({"host": "smtp.evil.example"}, {"port": 2525}, {"security": "TLS"}, {"username": "v"}):
        await act(admin, "setMailServer", **SERVER, username="u", password="a secret")
        assert not (await act(admin, "setMailServer", **{**SERVER, "username": "u", **other}))["hasPassword"]


@pytest.mark.parametrize(
    ("given", "kind", "code", "field"),
    [
        ({"name": ""}, "InvalidError", "SUBSCRIPTION_INVALID", "name"),
        ({"types": []}, "InvalidError", "SUBSCRIPTION_INVALID", "types"),
        ({"addresses": ["ana@acme.example\nBcc: eve@evil.example"]}, "InvalidError", "RECIPIENT_INVALID", "addresses"),
        ({"addresses": []}, "InvalidError", "RECIPIENT_INVALID", "addresses"),
        ({"memberIds": [global_id("Member", new_id())]}, "NotFoundError", "RECIPIENT_NOT_FOUND", "memberIds"),
        ({"labels": "team="}, "InvalidError", "LABEL_QUERY_INVALID", "labels"),
        ({"everyMinutes": 0}, "InvalidError", "SUBSCRIPTION_INVALID", "everyMinutes"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_made(admin, given, kind, code, field):
    answer = await act(admin, "createNotificationSubscription", **SHIFT | given)
    assert (answer["__typename"], answer["code"], answer["field"]) == (kind, code, field)
    assert (await admin.ask(LIST))["notificationSubscriptions"] == []


async def test_a_member_of_another_tenant_is_nobody_here(admin, platform, other_tenant, other_principal):
    async with platform.unit(other_tenant) as uow:
        theirs = await tenancy.add_member(uow, other_principal, "told@theirs.example", "T", Role.OPERATOR, None)
        await uow.commit()
    answer = await act(admin, "createNotificationSubscription", **SHIFT, memberIds=[global_id("Member", theirs.id)])
    assert (answer["__typename"], answer["code"]) == ("NotFoundError", "RECIPIENT_NOT_FOUND")


async def test_a_server_inside_is_refused(admin):
    answer = await act(admin, "setMailServer", **SERVER | {"host": "169.254.169.254"})
    assert (answer["code"], answer["field"]) == ("MAIL_SERVER_FORBIDDEN", "host")
    assert (await admin.ask(LIST))["mailServer"] is None


async def test_a_tenant_has_few_subscriptions(admin, monkeypatch):
    monkeypatch.setattr(notifications.model, "MOST_SUBSCRIPTIONS", 1)
    assert (await act(admin, "createNotificationSubscription", **SHIFT))["name"] == "Shift"
    refused = await act(admin, "createNotificationSubscription", **SHIFT)
    assert (refused["code"], refused["facts"]) == ("TOO_MANY_SUBSCRIPTIONS", {"limit": 1})


async def test_types_are_listed(admin):
    listed = (await admin.ask("{ notificationTypes { type means } }"))["notificationTypes"]
    assert [each["type"] for each in listed] == ["ALARM_RAISED", "CASE_OPENED", "RUN_ENDED", "CHALLENGER_SET"]
    assert [each["means"] for each in listed] == list(notifications.types().values())


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER, Role.PARTNER])
async def test_others_than_admins_see_none(admin, platform, tenant, role):
    made = await act(admin, "createNotificationSubscription", **SHIFT)
    other = await signed_in(make_app(platform.platform), tenant, role)
    for query in (LIST, "query n { node(id: " + f'"{made["id"]}"' + ") { id } }"):
        answer = (await other.post(query)).json()
        assert answer["errors"][0]["extensions"]["facts"] == {"permission": "manage_notifications"}
        assert "ana@acme.example" not in str(answer)
