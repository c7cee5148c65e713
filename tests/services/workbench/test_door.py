"""Who is let through to a running workbench, and what passes."""

import asyncio
import base64
import json
from uuid import UUID, uuid4

import httpx
import pytest
from desk import visited
from gateway_client import Gql, make_key, signed_in
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.auth import COOKIE
from infra import workbenches
from services.kernel.rights import Role
from services.tenancy import api as tenancy
from services.tenancy.errors import MemberNotFound

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(180)]

STOP = (
    "mutation ($id: ID!) { stopWorkbench(input: {workbenchId: $id}) "
    "{ __typename ... on Workbench { state detail } ... on Error { code } } }"
)
START = "mutation { startWorkbench(input: {}) { __typename ... on Error { code } } }"


def elsewhere(desk, workbench: UUID) -> str:
    return desk.origin.removeprefix("http://").replace(desk.origin[7:39], workbench.hex)


async def test_the_page_is_jupyterlabs_with_our_policy(desk) -> None:
    page = await desk.lab.get("/lab")
    assert (page.status_code, "JupyterLab" in page.text) == (200, True)
    assert page.headers.get_list("content-security-policy") == [
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
        "worker-src 'self' blob:; frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    ]
    assert "token" not in page.headers.get("set-cookie", "")
    given = json.loads(page.text.partition('id="jupyter-config-data" type="application/json">')[2].partition("<")[0])
    assert given.get("token", "") == ""


@pytest.mark.parametrize(("accept", "kind"), [("text/html", "text/html"), ("*/*", "application/problem+json")])
async def test_who_has_no_visit_is_told_that_there_is_nothing(desk, accept, kind) -> None:
    answer = await desk.lab.get("/lab", headers={"Cookie": "", "Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, kind)


async def test_a_ticket_is_good_once(desk) -> None:
    again = await desk.lab.get(desk.url.removeprefix(desk.origin), headers={"Cookie": ""})
    assert (again.status_code, again.json()["code"], "set-cookie" in again.headers) == (
        404,
        "WORKBENCH_NOT_FOUND",
        False,
    )


async def test_a_visit_opens_no_other_workbench(desk) -> None:
    answer = await desk.lab.get("/lab", headers={"Host": elsewhere(desk, uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (404, "WORKBENCH_NOT_FOUND")


async def test_the_portals_cookie_opens_nothing_here_and_a_visit_nothing_there(desk) -> None:
    with_session = await desk.lab.get("/lab", headers={"Cookie": f"{COOKIE}={desk.token}"})
    assert with_session.status_code == 404
    asked = await desk.portal.http.post(
        "/graphql", json={"query": "{ tenant { slug } }"}, headers={"Cookie": desk.lab.headers["Cookie"]}
    )
    assert asked.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # no page says that it asks
        ({"Origin": "http://127.0.0.1"}, 403),  # the portal
        ({"Origin": "null"}, 403),
        ({"Origin": "own"}, 403),  # without JupyterLab's token against other pages
        ({"Origin": "own", "X-XSRFToken": "own", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "own", "X-XSRFToken": "own"}, 201),
    ],
)
async def test_only_its_own_page_changes_anything(desk, headers, status) -> None:
    sent = {name: desk.xsrf[name] if value == "own" else value for name, value in headers.items()}
    answer = await desk.lab.post("/api/contents", json={"type": "file", "ext": ".txt"}, headers=sent)
    assert answer.status_code == status, answer.text


async def test_large_files_pass_both_ways(desk) -> None:
    content = b"0123456789abcdef" * (1 << 20)
    body = {"type": "file", "format": "base64", "content": base64.b64encode(content).decode()}
    put = await desk.lab.put("/api/contents/large.bin", json=body, headers=desk.xsrf)
    assert put.status_code == 201, put.text
    got = await desk.lab.get("/files/large.bin", headers={"Referer": f"{desk.origin}/lab"})
    assert got.content == content


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "null"])
async def test_another_page_gets_no_websocket(desk, origin) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await desk.socket("/api/events/subscribe", Origin=origin)
    assert refused.value.response.status_code == 403


async def test_an_operator_and_a_key_have_none(desk, app, platform, plant) -> None:
    operator = await signed_in(app, plant, Role.OPERATOR)
    assert (await operator.ask(START))["startWorkbench"] == {"__typename": "ForbiddenError", "code": "FORBIDDEN"}
    key = await make_key(platform.platform, plant)
    asked = await desk.portal.http.post(
        "/graphql", json={"query": START}, headers={"Authorization": f"Bearer {key}", "Cookie": ""}
    )
    assert asked.json()["data"]["startWorkbench"]["code"] == "WORKBENCH_FOR_MEMBERS"


async def test_anothers_is_absent_and_an_admin_sees_it(desk, app, boss, plant) -> None:
    mine = (await desk.portal.ask("{ workbench { id } }"))["workbench"]["id"]
    other = await signed_in(app, plant, Role.ENGINEER)
    assert (await other.ask("query ($id: ID!) { node(id: $id) { id } }", id=mine))["node"] is None
    assert (await other.ask(STOP, id=mine))["stopWorkbench"]["code"] == "WORKBENCH_NOT_FOUND"
    assert (await other.ask("{ workbench { id } }"))["workbench"] is None
    for _ in range(100):  # memory is measured once a while
        [seen] = (await boss.ask("{ workbenches { id member state memoryBytes } }"))["workbenches"]
        if seen["memoryBytes"] is not None:
            break
        await asyncio.sleep(0.2)
    assert (seen["id"], seen["member"], seen["state"]) == (mine, "Engineer", "READY")
    assert seen["memoryBytes"] > 50 << 20


async def test_a_visit_ends_with_its_session(desk, platform, plant) -> None:
    async with platform.platform.database.unit(plant.id) as uow:
        second = await tenancy.open_session_of(uow, desk.portal.member.id)
        await uow.commit()
    portal = Gql(httpx.AsyncClient(base_url=desk.portal.http.base_url, timeout=30))
    portal.http.cookies.set(COOKIE, second.token)
    lab, _, _ = await visited(portal, desk.port)
    assert (await lab.get("/api/status")).status_code == 200
    async with desk.socket("/api/events/subscribe", Cookie=lab.headers["Cookie"]) as events:
        assert (await portal.http.delete("/v1/session")).status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            await events.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "WORKBENCH_NOT_FOUND")
    assert (await lab.get("/api/status")).status_code == 404
    assert (await desk.lab.get("/api/status")).status_code == 200


async def test_the_operators_link_opens_it_too(desk, platform, plant) -> None:
    url = await workbenches.opened(platform.settings, platform.state, plant.slug, desk.portal.member.email)
    assert url.startswith(f"{desk.origin}/.andon/enter?ticket=")
    entered = await desk.lab.get(url.removeprefix(desk.origin), headers={"Cookie": ""})
    assert (entered.status_code, entered.headers["location"]) == (303, "/lab")
    with pytest.raises(MemberNotFound):
        await workbenches.opened(platform.settings, platform.state, plant.slug, "nobody@example.com")
