"""Webhooks through GraphQL: an admin's whole way, and what others may not."""

from dataclasses import replace

import pytest
from gateway_client import Gql, make_app, signed_in

from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.reach import Reach
from services.kernel.rights import Role
from services.webhooks import api as webhooks
from services.webhooks import jobs
from services.webhooks.catalogue import TYPES

pytestmark = pytest.mark.platform

URL = "https://mes.example/hook"
CREATE = """mutation c($input: CreateWebhookEndpointInput!) { result: createWebhookEndpoint(input: $input) {
  __typename
  ... on WebhookEndpointWithSecret { secret endpoint { id url description types state formerSecretUntil createdBy } }
  ... on Error { code field facts } } }"""
LIST = "{ webhookEndpoints { id url state reason failingSince types } }"
SHOW = """query s($id: ID!, $after: String, $state: WebhookDeliveryState) { webhookEndpoint(id: $id) {
  deliveries(first: 2, after: $after, state: $state) {
    edges { node { id webhookId type body state tries lastStatus attempts { number } endpoint { url } } }
    pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
async def admin(platform, tenant) -> Gql:
    client = await signed_in(make_app(platform.platform), tenant)
    for endpoint in (await client.ask(LIST))["webhookEndpoints"]:
        await act(client, "deleteWebhookEndpoint", endpointId=endpoint["id"])
    return client


async def act(client: Gql, name: str, shown: str = "__typename", **given: object) -> dict:
    """A mutation by its name, answering what is `shown` of its object, or the code of its error."""
    member = {"rotateWebhookSecret": "WebhookEndpointWithSecret", "redeliverFailedWebhooks": "RedeliveredWebhooks"}
    kind = "WebhookDelivery" if name in ("pingWebhookEndpoint", "redeliverWebhook") else "WebhookEndpoint"
    query = f"""mutation a($input: {name[0].upper()}{name[1:]}Input!) {{ result: {name}(input: $input) {{
      ... on {member.get(name, kind)} {{ {shown} }} ... on Error {{ code }} }} }}"""
    return (await client.ask(query, input=given))["result"]


async def created(client: Gql, *types: str) -> dict:
    given = {"url": URL, "types": types or ("asset.created",), "description": "To the MES"}
    return (await client.ask(CREATE, input=given))["result"]


async def test_the_whole_way_of_an_endpoint(admin, platform, tenant):
    made = await created(admin, "run.ended", "alarm.raised")
    secret, endpoint = made["secret"], made["endpoint"]
    id = endpoint.pop("id")
    assert secret.startswith("whsec_")
    assert endpoint == {
        "url": URL, "description": "To the MES", "types": ["alarm.raised", "run.ended"], "state": "ACTIVE",
        "formerSecretUntil": None, "createdBy": "Admin",
    }  # fmt: skip
    assert secret not in (await admin.post(LIST)).text
    changed = await act(
        admin, "updateWebhookEndpoint", "url types description", endpointId=id, url=f"{URL}/2", types=["asset.created"]
    )
    assert changed == {"url": f"{URL}/2", "types": ["asset.created"], "description": "To the MES"}
    rotated = await act(admin, "rotateWebhookSecret", "secret endpoint { formerSecretUntil }", endpointId=id)
    assert rotated["secret"] not in (secret, None)
    assert rotated["endpoint"]["formerSecretUntil"] > utc_now().isoformat()
    assert await act(admin, "pauseWebhookEndpoint", "state", endpointId=id) == {"state": "PAUSED"}
    assert await act(admin, "resumeWebhookEndpoint", "state", endpointId=id) == {"state": "ACTIVE"}
    assert [each["id"] for each in (await admin.ask(LIST))["webhookEndpoints"]] == [id]
    assert await act(admin, "deleteWebhookEndpoint", "url", endpointId=id) == {"url": f"{URL}/2"}
    assert await act(admin, "deleteWebhookEndpoint", endpointId=id) == {"code": "ENDPOINT_NOT_FOUND"}
    assert (await admin.ask(LIST))["webhookEndpoints"] == []


async def test_deliveries_are_paged_filtered_and_sent_again(admin, platform, tenant):
    id = (await created(admin))["endpoint"]["id"]
    for number in range(3):
        news = {"sequence": number, "at": f"{utc_now().isoformat()}"}
        payload = {"asset_ids": [str(new_id())], "news": news}
        await jobs.note("assets.created", platform.platform, tenant.id, payload)
    first = (await admin.ask(SHOW, id=id))["webhookEndpoint"]["deliveries"]
    rest = (await admin.ask(SHOW, id=id, after=first["pageInfo"]["endCursor"]))["webhookEndpoint"]["deliveries"]
    assert [len(page["edges"]) for page in (first, rest)] == [2, 1]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    node = first["edges"][0]["node"]
    assert (node["type"], node["state"], node["tries"], node["attempts"]) == ("asset.created", "WAITING", 0, [])
    assert node["endpoint"] == {"url": URL}
    assert node["body"].startswith('{"type":"asset.created","timestamp":"')
    failed = (await admin.ask(SHOW, id=id, state="FAILED"))["webhookEndpoint"]["deliveries"]
    assert failed["edges"] == []
    assert await act(admin, "redeliverWebhook", "id state", deliveryId=node["id"]) == {
        "id": node["id"], "state": "WAITING",
    }  # fmt: skip
    since = {"endpointId": id, "since": "2026-01-01T00:00:00Z"}
    assert await act(admin, "redeliverFailedWebhooks", "deliveries", **since) == {"deliveries": 0}
    ping = await act(admin, "pingWebhookEndpoint", "type state webhookId", endpointId=id)
    assert (ping["type"], ping["state"]) == ("webhook.ping", "WAITING")
    shown = await admin.ask("query n($id: ID!) { node(id: $id) { __typename id } }", id=node["id"])
    assert shown["node"] == {"__typename": "WebhookDelivery", "id": node["id"]}
    page = await admin.post(SHOW, id=id, after=first["pageInfo"]["endCursor"], state="WAITING")
    assert page.json()["errors"][0]["extensions"]["code"] == "INVALID", "a cursor is of one list"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "http://mes.example/"}, "WEBHOOK_URL_FORBIDDEN"),
        ({"url": "https://127.0.0.1/"}, "WEBHOOK_URL_FORBIDDEN"),
        ({"url": "https://a:b@mes.example/"}, "WEBHOOK_URL_INVALID"),
        ({"types": ["run.begun"]}, "WEBHOOK_TYPES_INVALID"),
        ({"types": []}, "WEBHOOK_TYPES_INVALID"),
        ({"description": "x" * 501}, "DESCRIPTION_TOO_LONG"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_made(admin, given, code):
    answer = (await admin.ask(CREATE, input={"url": URL, "types": ["run.ended"]} | given))["result"]
    assert (answer["__typename"], answer["code"], answer["field"]) == ("InvalidError", code, next(iter(given)))
    assert (await admin.ask(LIST))["webhookEndpoints"] == []


async def test_a_tenant_has_few_endpoints(admin):
    for _ in range(20):
        assert "endpoint" in await created(admin)
    refused = await created(admin)
    assert (refused["code"], refused["facts"]) == ("TOO_MANY_ENDPOINTS", {"limit": 20})


async def test_where_the_operator_opened_a_network_it_may_be_named(admin, platform, tenant):
    client = await signed_in(make_app(replace(platform.platform, reach=Reach.of("10.0.0.0/8"))), tenant)
    made = (await client.ask(CREATE, input={"url": "http://10.1.2.3:8080/", "types": ["run.ended"]}))["result"]
    assert await act(client, "deleteWebhookEndpoint", "url", endpointId=made["endpoint"]["id"]) == {
        "url": "http://10.1.2.3:8080/"
    }


async def test_types_are_listed(admin):
    listed = (await admin.ask("{ webhookTypes { name means } }"))["webhookTypes"]
    assert {each["name"]: each["means"] for each in listed} == webhooks.types()
    assert [each["name"] for each in listed] == list(TYPES)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER, Role.PARTNER])
async def test_others_than_admins_see_none(admin, platform, tenant, role):
    id = (await created(admin))["endpoint"]["id"]
    other = await signed_in(make_app(platform.platform), tenant, role)
    for query in (LIST, "query n { node(id: " + f'"{id}"' + ") { id } }"):
        answer = (await other.post(query)).json()
        assert answer["errors"][0]["extensions"]["facts"] == {"permission": "manage_webhooks"}
        assert URL not in str(answer)
