"""Capsules through GraphQL and their files over HTTP."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from gateway_client import Gql, make_app, signed_in

from gateway.relay import global_id
from services.capsules import model
from services.capsules.contracts import CapsuleState
from services.capsules.tables import CapsuleRow
from services.kernel.ids import new_id
from services.kernel.rights import Role

pytestmark = pytest.mark.platform

TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTENT = b"a capsule's bytes"
OPEN = """mutation o($input: OpenCapsuleInput!) { result: openCapsule(input: $input) {
  __typename ... on Capsule { id } ... on Error { code field } } }"""
KEEP = """mutation k($input: KeepCapsuleInput!) { result: keepCapsule(input: $input) {
  ... on Capsule { keptAs expiresAt } ... on Error { code field } } }"""
REMOVE = """mutation r($input: RemoveCapsuleInput!) { result: removeCapsule(input: $input) {
  ... on RemovedCapsule { capsuleId } ... on Error { code } } }"""
LIST = """query l($kept: Boolean!, $after: String) { capsules(kept: $kept, first: 1, after: $after) {
  edges { node { id state reproduced fileUrl models { begins environment { key value } answer { key value } } } }
  pageInfo { hasNextPage endCursor } } }"""
TOLD = {
    "version_id": str(new_id()), "number": 3, "shadow": False, "blueprint": "b", "blueprint_version": "1",
    "plugin": "p", "plugin_digest": "d", "environment": {"torch": "2.13"}, "begins": "window", "rows": 12,
    "answer": {"route": "0"},
}  # fmt: skip


@pytest.fixture(scope="module")
def app(platform: Any) -> Any:
    return make_app(platform.platform)


@pytest.fixture(scope="module")
async def engineer(app: Any, tenant: Any) -> Gql:
    return await signed_in(app, tenant, Role.ENGINEER)


async def stored(platform: Any, tenant: Any) -> str:
    """A capsule that is ready, with its file; its global id."""
    row = CapsuleRow(
        tenant_id=tenant.id, id=new_id(), asset_id=new_id(), version_id=new_id(), shadow=False, time=TIME,
        state=CapsuleState.READY.value, reproduced=True, models=[TOLD], rows=12, bytes=len(CONTENT), sha256="e" * 64,
        created_by="Ada", created_at=TIME,
    )  # fmt: skip
    bucket = await platform.platform.objects.bucket(tenant.id)
    bucket.client.put_object(bucket.name, model.file_of(row.id), io.BytesIO(CONTENT), len(CONTENT))
    async with platform.unit(tenant) as uow:
        uow.session.add(row)
        await uow.commit()
    return global_id("Capsule", row.id)


async def test_they_are_listed_fetched_kept_and_removed(
    platform: Any, tenant: Any, other_tenant: Any, app: Any, engineer: Gql
) -> None:
    first, second = await stored(platform, tenant), await stored(platform, tenant)
    page = (await engineer.ask(LIST, kept=False))["capsules"]
    rest = (await engineer.ask(LIST, kept=False, after=page["pageInfo"]["endCursor"]))["capsules"]
    [node] = [edge["node"] for edge in page["edges"]]
    assert node == {
        "id": second, "state": "READY", "reproduced": True, "fileUrl": f"/v1/capsules/{second}/file",
        "models": [
            {"begins": "window", "environment": [{"key": "torch", "value": "2.13"}],
             "answer": [{"key": "route", "value": "0"}]}
        ],
    }  # fmt: skip
    assert ([edge["node"]["id"] for edge in rest["edges"]], rest["pageInfo"]["hasNextPage"]) == ([first], False)

    whole = await engineer.http.get(node["fileUrl"])
    part = await engineer.http.get(node["fileUrl"], headers={"Range": "bytes=2-8"})
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, CONTENT, "application/zip")
    assert (part.status_code, part.content) == (206, CONTENT[2:9])
    stranger = await signed_in(app, other_tenant, Role.ENGINEER)
    for strange in (await stranger.http.get(node["fileUrl"]), await engineer.http.get("/v1/capsules/x/file")):
        assert (strange.status_code, strange.json()["code"]) == (404, "CAPSULE_NOT_FOUND")

    kept = await engineer.ask(KEEP, input={"capsuleId": first, "name": "A worn bearing"})
    assert kept["result"] == {"keptAs": "A worn bearing", "expiresAt": None}
    assert [edge["node"]["id"] for edge in (await engineer.ask(LIST, kept=True))["capsules"]["edges"]] == [first]
    unnamed = await engineer.ask(KEEP, input={"capsuleId": first, "name": " "})
    assert unnamed["result"] == {"code": "INVALID", "field": "name"}
    for id in (first, second):
        assert (await engineer.ask(REMOVE, input={"capsuleId": id}))["result"] == {"capsuleId": id}
    assert (await engineer.http.get(node["fileUrl"])).status_code == 404


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, {"code": "INVALID", "field": "assetId"}),
        ({"assetId": "x", "time": "2026-03-01T12:00:00Z"}, {"code": "NOT_FOUND", "field": "assetId"}),
        ({"alarmId": global_id("Alarm", new_id())}, {"code": "ALARM_NOT_FOUND", "field": "alarmId"}),
    ],
)
async def test_what_names_no_score_is_told(engineer: Gql, given: dict[str, Any], answer: dict[str, Any]) -> None:
    found = (await engineer.ask(OPEN, input=given))["result"]
    assert {name: found[name] for name in answer} == answer


async def test_operators_may_not(platform: Any, tenant: Any, app: Any) -> None:
    operator = await signed_in(app, tenant, Role.OPERATOR)
    capsule = await stored(platform, tenant)
    asked = (await operator.ask(REMOVE, input={"capsuleId": capsule}))["result"]
    assert asked == {"code": "FORBIDDEN"}
    file = await operator.http.get(f"/v1/capsules/{capsule}/file")
    assert (file.status_code, file.json()["code"]) == (403, "FORBIDDEN")
