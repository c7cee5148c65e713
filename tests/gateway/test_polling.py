"""An integrator who polls with `updatedSince` misses nothing, however late a change is committed."""

import json
from datetime import timedelta

import pytest
from gateway_client import admin_of
from sqlalchemy import text
from statements import statements

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel import changes
from services.kernel.clock import utc_now
from services.monitoring.tables import AlarmRow, CaseRow
from services.readings import api as readings
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.training.contracts import RunState
from services.training.tables import RunRow

pytestmark = pytest.mark.platform

MARK = "{ pollMark }"
CHANGED = """query c($since: DateTime!, $first: Int!, $after: String) {
  assets(updatedSince: $since, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { key labels { value } } } } }"""


@pytest.fixture(scope="module")
async def plant(platform, tenant):
    """Twelve machines."""
    principal = admin_of(tenant)
    async with platform.unit(tenant) as uow:
        agreed = await assets.put_contract(
            uow, principal, Contract("polled", "Polled", (Signal("a", "A", "1", 0, 9),), 1.0)
        )
        new = [NewAsset(f"m{number:02d}", "M", "S", "L", "polled") for number in range(12)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    return agreed, {asset.key: asset.id for asset in made}


async def relabel(uow, tenant, asset_id, value: str):
    """By a statement that waits for nobody."""
    labels = json.dumps({"round": value})
    statement = text("UPDATE asset SET labels = CAST(:labels AS jsonb) WHERE id = :id")
    await uow.session.execute(statement, {"labels": labels, "id": asset_id})


async def poll(who, since: str, first: int = 100) -> list[str]:
    """Keys of what changed, over all pages."""
    keys, after = [], None
    while True:
        page = (await who.ask(CHANGED, since=since, first=first, after=after))["assets"]
        keys += [edge["node"]["key"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return keys
        after = page["pageInfo"]["endCursor"]


async def test_what_is_committed_late_is_found_by_the_next_poll(platform, tenant, admin, plant):
    _, ids = plant
    before = (await admin.ask(MARK))["pollMark"]
    async with platform.unit(tenant) as slow:
        await relabel(slow, tenant, ids["m03"], "slow")
        async with platform.unit(tenant) as quick:
            await relabel(quick, tenant, ids["m07"], "quick")
            await quick.commit()
        mark = (await admin.ask(MARK))["pollMark"]
        found = await poll(admin, before)
        assert "m07" in found
        assert "m03" not in found[-1:], "it is not committed"
        naive = utc_now()
        await slow.commit()
    assert "m03" in await poll(admin, mark), "who asks from the mark on finds it"
    assert "m03" not in await poll(admin, naive.isoformat()), "who trusted a clock would have missed it"


async def test_the_mark_goes_on_with_the_clock_and_waits_for_who_is_slow(platform, tenant):
    async with platform.unit(tenant) as uow:
        free = await changes.mark(uow)
        now = (await uow.session.execute(text("SELECT now()"))).scalar_one()
    assert now - free >= timedelta(seconds=1)
    async with platform.unit(tenant) as slow:
        began = (await slow.session.execute(text("SELECT now()"))).scalar_one()
        async with platform.unit(tenant) as uow:
            await uow.session.execute(text("SELECT pg_sleep(0.3)"))
        async with platform.unit(tenant) as uow:
            assert await changes.mark(uow) <= began - timedelta(seconds=1)


async def test_changes_come_in_their_order_in_pages_and_a_row_once(platform, tenant, admin, plant):
    _, ids = plant
    async with platform.unit(tenant) as uow:
        since = (await uow.session.execute(text("SELECT now()"))).scalar_one()
    for key in ("m05", "m01", "m09", "m05"):
        async with platform.unit(tenant) as uow:
            await relabel(uow, tenant, ids[key], "again")
            await uow.commit()
    assert await poll(admin, since.isoformat(), first=1) == ["m01", "m09", "m05"]
    assert await poll(admin, since.isoformat()) == ["m01", "m09", "m05"]


async def test_other_filters_are_refused_with_a_reason(admin, plant):
    query = '{ assets(updatedSince: "2026-01-01T00:00:00Z", labels: "a=b") { edges { node { key } } } }'
    [error] = (await admin.post(query)).json()["errors"]
    assert error["extensions"]["code"] == "INVALID"
    assert error["message"] == "`updatedSince` takes no other filter: leave out `labels`."


async def test_a_poll_costs_as_many_statements_however_much_changed(platform, admin, plant):
    async def cost(first: int) -> int:
        with statements(platform.platform.database) as sent:
            await admin.ask(CHANGED, since="2020-01-01T00:00:00Z", first=first)
        return len(sent)

    assert await cost(1) == await cost(100)


async def test_everything_that_is_polled_for_has_it(platform, tenant, admin, plant):
    agreed, ids = plant
    mark = (await admin.ask(MARK))["pollMark"]
    now, principal = utc_now(), admin_of(tenant)
    run = RunRow(
        tenant_id=tenant.id, blueprint="x", blueprint_version="1", contract_id=agreed.id, contract_version=1, start=now,
        end=now, parameters={}, seed=0, asset_count=1, state=RunState.QUEUED.value, created_by="Ada", created_at=now,
    )  # fmt: skip
    case = CaseRow(tenant_id=tenant.id, asset_id=ids["m00"], title="x", opened_at=now)
    lineage = Lineage(run.id, "s", "x", "1", "p", "x", agreed.id, agreed.version, {}, 0)
    async with platform.unit(tenant) as uow:
        uow.session.add_all([run, case])
        await uow.session.flush()
        alarm = AlarmRow(
            tenant_id=tenant.id, asset_id=ids["m00"], case_id=case.id, rule="r", raised_at=now, peak=2.0, top=[]
        )
        uow.session.add(alarm)
        [version] = await registry.register(uow, principal, [NewVersion(ids["m00"], "d" * 64, 0, lineage, {})])
        await uow.commit()
    bad = b'{"asset": "nobody", "time": "2026-03-01T00:00:00Z", "a": 1}'
    await readings.ingest(
        platform.platform, principal, "polled", bad, BodyFormat.NDJSON, ErrorPolicy.REJECT_FAILED_ROWS
    )
    query = """query p($since: DateTime!) {
      runs(updatedSince: $since) { edges { node { id state } } }
      alarms(updatedSince: $since) { edges { node { id state } } }
      modelVersions(updatedSince: $since) { edges { node { id } } }
      quarantine(updatedSince: $since) { edges { node { code } } } }"""
    found = await admin.ask(query, since=mark)
    nodes = {kind: [edge["node"] for edge in page["edges"]] for kind, page in found.items()}
    assert nodes == {
        "runs": [{"id": global_id("Run", run.id), "state": "QUEUED"}],
        "alarms": [{"id": global_id("Alarm", alarm.id), "state": "ACTIVE"}],
        "modelVersions": [{"id": global_id("ModelVersion", version.id)}],
        "quarantine": [{"code": "UNKNOWN_ASSET"}],
    }
