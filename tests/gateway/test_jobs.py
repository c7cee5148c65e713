"""Files in and out as an integrator sees them, and one list of everything long."""

import asyncio
import gzip
import hashlib
import json
from datetime import timedelta

import pytest
from bulk_plant import PUMPS, START, Plant, csv
from gateway_client import admin_of, http_client, make_key, signed_in
from sqlmodel import select
from statements import statements
from websockets.asyncio.client import connect

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.budgets import api as budgets
from services.budgets.contracts import Ceiling
from services.bulk import jobs as background
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.kernel.tables import OutboxRow
from services.readings import historian
from services.rollouts.contracts import RolloutState
from services.rollouts.tables import RolloutRow
from services.training.contracts import RunState
from services.training.tables import RunRow, StageRow

pytestmark = pytest.mark.platform

STAGE = """mutation s($input: StageUploadInput!) { stageUpload(input: $input) { __typename
  ... on StagedUpload { url maxBytes upload { id state } } ... on Error { code } } }"""
IMPORT = """mutation i($input: StartImportInput!) { startImport(input: $input) { __typename
  ... on ImportJob { id jobState jobKind rows contract fileBytes } ... on ExhaustedError { retryAfter }
  ... on Error { code facts } } }"""
EXPORT = """mutation e($input: StartExportInput!) { startExport(input: $input) { __typename
  ... on ExportJob { id jobState assets } ... on Error { code message } } }"""
JOB = """query j($id: ID!) { job(id: $id) { __typename id jobKind jobState progress createdBy startedAt
  endedAt cancellable
  counts { done total unit } problem { code message }
  ... on ImportJob { rows stored quarantined refused resultsUrl
    rejectedRows(first: 2) { pageInfo { hasNextPage endCursor } edges { node { row outcome code message signal } } } }
  ... on ExportJob { rows bytes fileUrl sha256 } } }"""
JOBS = """query l($kinds: [JobKind!], $states: [JobState!], $first: Int!, $after: String) {
  jobs(kinds: $kinds, states: $states, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { __typename id jobKind jobState progress counts { done } } } } }"""
CANCEL = """mutation c($input: CancelJobInput!) { cancelJob(input: $input) { __typename
  ... on CancelledJob { job { id jobState problem { code } } } ... on Error { code message } } }"""


@pytest.fixture(scope="module")
async def plant(platform, tenant):
    principal = admin_of(tenant)
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, PUMPS)
        new = [NewAsset(f"p{i}", f"Pump {i}", "Ulsan", "Line 1", "pumps") for i in range(3)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(platform.platform, principal, contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)


async def stage(who, app, content: bytes) -> str:
    """The id of an upload whose file somebody without a credential of their own sent."""
    staged = (await who.ask(STAGE, input={}))["stageUpload"]
    async with http_client(app) as nobody:
        answer = await nobody.put(staged["url"], content=content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert answer.json()["id"] == staged["upload"]["id"]
    return staged["upload"]["id"]


async def begin(who, app, content: bytes, **options) -> str:
    asked = {"uploadId": await stage(who, app, content), "contract": "pumps", "format": "CSV", **options}
    started = (await who.ask(IMPORT, input=asked))["startImport"]
    assert (started["__typename"], started["jobState"]) == ("ImportJob", "WAITING"), started
    return started["id"]


async def test_a_file_is_staged_imported_and_told_of(admin, app, plant):
    content = gzip.compress(csv(20, bad=(4, 9, 11)))
    id = await begin(admin, app, content)
    assert (await admin.ask(JOB, id=id))["job"]["cancellable"] is True
    await plant.work()
    job = (await admin.ask(JOB, id=id))["job"]
    assert job["endedAt"] >= job["startedAt"]
    page = job.pop("rejectedRows")
    assert {key: job[key] for key in job if not key.endswith("At")} == {
        "__typename": "ImportJob", "id": id, "jobKind": "IMPORT", "jobState": "SUCCEEDED", "progress": 1.0,
        "createdBy": "Admin", "cancellable": False, "counts": {"done": 20, "total": 20, "unit": "rows"},
        "problem": None, "rows": 20, "stored": 17, "quarantined": 3, "refused": 0,
        "resultsUrl": f"/v1/jobs/{id}/file",
    }  # fmt: skip
    assert [edge["node"]["row"] for edge in page["edges"]] == [4, 9]
    assert page["edges"][0]["node"] == {
        "row": 4, "outcome": "QUARANTINED", "code": "OUT_OF_RANGE", "signal": "temperature",
        "message": "999 is outside -20 to 150 degC.",
    }  # fmt: skip
    assert page["pageInfo"]["hasNextPage"] is True
    results = await admin.http.get(job["resultsUrl"])
    assert results.headers["content-disposition"].endswith('.results.csv.gz"')
    assert len(gzip.decompress(results.content).splitlines()) == 21
    assert (await plant.history("p0")).height == 17


async def test_an_address_is_good_once_and_no_other_is_good(admin, app, plant):
    staged = (await admin.ask(STAGE, input={}))["stageUpload"]
    async with http_client(app) as nobody:
        assert (await nobody.put(staged["url"], content=b"")).status_code == 400
        assert (await nobody.put(staged["url"], content=b"a,b")).status_code == 200
        again = await nobody.put(staged["url"], content=b"c,d")
        assert (again.status_code, again.json()["code"]) == (409, "UPLOAD_USED")
        for wrong in ("", "x", staged["url"][-40:], "A" * 4000):
            answer = await nobody.put("/v1/upload", params={"ticket": wrong}, content=b"x")
            assert (answer.status_code, answer.json()["code"]) == (404, "UPLOAD_NOT_FOUND")
        assert (await nobody.get(staged["url"])).status_code == 404


async def test_an_export_is_downloaded_whole_or_in_ranges(admin, stranger, app, plant):
    await begin(admin, app, csv(500, first=1000, asset="p1"))
    await plant.work()
    await plant.history("p1")
    span = {"start": START.isoformat(), "end": (START + timedelta(days=1)).isoformat()}
    ids = [global_id("Asset", plant.assets["p1"])]
    asked = {"of": "READINGS", "contract": "pumps", "format": "CSV", "assetIds": ids}
    started = (await admin.ask(EXPORT, input=asked | span))["startExport"]
    assert (started["__typename"], started["assets"]) == ("ExportJob", 1), started
    waiting = await admin.http.get(f"/v1/jobs/{started['id']}/file")
    assert (waiting.status_code, waiting.json()["code"]) == (404, "NOTHING_TO_DOWNLOAD")
    await plant.work()
    job = (await admin.ask(JOB, id=started["id"]))["job"]
    assert (job["jobState"], job["rows"]) == ("SUCCEEDED", 500)
    whole = await admin.http.get(job["fileUrl"])
    assert (whole.status_code, len(whole.content)) == (200, job["bytes"])
    assert hashlib.sha256(whole.content).hexdigest() == job["sha256"]
    lines = gzip.decompress(whole.content).decode().splitlines()
    assert lines[:2] == ['"asset","time","temperature","pressure"', '"p1",2026-03-01 00:16:40.000000Z,20,1.5']
    size = int(job["bytes"])
    part = await admin.http.get(job["fileUrl"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    last = await admin.http.get(job["fileUrl"], headers={"Range": "bytes=-7"})
    assert (last.status_code, last.content) == (206, whole.content[-7:])
    other = await admin.http.get(job["fileUrl"], headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = await admin.http.get(job["fileUrl"], headers={"Range": "bytes=99999999-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "RANGE_REFUSED")
    head = await admin.http.head(job["fileUrl"])
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))
    theirs = await stranger.http.get(job["fileUrl"])
    assert (theirs.status_code, theirs.json()["code"]) == (404, "JOB_NOT_FOUND")
    async with http_client(app) as nobody:
        assert (await nobody.get(job["fileUrl"])).status_code == 401


@pytest.fixture
async def long_work(platform, tenant):
    """A run and a rollout, begun after all else."""
    now = platform.platform.clock()
    common = {"tenant_id": tenant.id, "blueprint": "x", "start": now, "end": now, "parameters": {}, "seed": 0}
    run = RunRow(
        **common, id=new_id(), blueprint_version="1", contract_id=tenant.id, contract_version=1, asset_count=3,
        state=RunState.TRAINING.value, progress=0.5, message="Training.", created_by="Ada", created_at=now,
    )  # fmt: skip
    await asyncio.sleep(0.002)  # ids are ordered by milliseconds
    rollout = RolloutRow(
        **common, id=new_id(), shares=[1.0], most_failing=0.2, by_hand=False, asset_count=4, cohort_count=1,
        message="Two failed.", state=RolloutState.PAUSED.value, created_by="Ada", created_at=now,
    )  # fmt: skip
    async with platform.unit(tenant) as uow:
        uow.session.add_all([run, rollout])
        await uow.session.flush()
        stage = {"tenant_id": tenant.id, "run_id": run.id, "number": 1, "state": run.state, "entered_at": now}
        uow.session.add(StageRow(**stage))
        await uow.commit()
    return global_id("Run", run.id), global_id("Rollout", rollout.id)


async def test_one_list_has_all_that_is_long(platform, admin, app, plant, long_work):
    run, rollout = long_work
    brought = await begin(admin, app, csv(1, first=2000))
    found = (await admin.ask(JOBS, first=3))["jobs"]["edges"]
    assert [(edge["node"]["__typename"], edge["node"]["jobState"]) for edge in found] == [
        ("ImportJob", "WAITING"), ("Rollout", "PAUSED"), ("Run", "RUNNING"),
    ]  # fmt: skip
    assert [edge["node"]["id"] for edge in found] == [brought, rollout, run]
    one = (await admin.ask(JOBS, first=1))["jobs"]
    two = (await admin.ask(JOBS, first=2, after=one["pageInfo"]["endCursor"]))["jobs"]["edges"]
    assert [edge["node"]["id"] for edge in two] == [rollout, run]
    paused = (await admin.ask(JOBS, first=50, states=["PAUSED"]))["jobs"]["edges"]
    assert [edge["node"]["id"] for edge in paused] == [rollout]
    runs = (await admin.ask(JOBS, first=50, kinds=["RUN"], states=["RUNNING", "WAITING"]))["jobs"]["edges"]
    assert [edge["node"]["id"] for edge in runs] == [run]
    job = (await admin.ask(JOB, id=rollout))["job"]
    assert (job["progress"], job["counts"]) == (0.0, {"done": 0, "total": 4, "unit": "assets"})
    assert job["problem"] == {"code": "ROLLOUT_PAUSED", "message": "Two failed."}
    await plant.work()


async def test_a_list_costs_as_many_statements_however_long(platform, admin, app, plant, long_work):
    async def cost(first: int) -> int:
        with statements(platform.platform.database) as sent:
            await admin.ask(JOBS, first=first)
        return len(sent)

    await begin(admin, app, csv(1, first=3000))
    await plant.work()
    assert await cost(1) <= await cost(100) <= await cost(1) + 1, "cohorts are read where there is a rollout"


async def test_a_job_of_any_kind_is_cancelled_by_who_may_begin_it(app, tenant, admin, plant, long_work):
    run, rollout = long_work
    operator = await signed_in(app, tenant, Role.OPERATOR)
    brought = await begin(admin, app, csv(1, first=4000))
    assert (await operator.ask(CANCEL, input={"jobId": brought}))["cancelJob"]["code"] == "FORBIDDEN"
    told = (await admin.ask(CANCEL, input={"jobId": brought}))["cancelJob"]
    assert told == {
        "__typename": "CancelledJob",
        "job": {"id": brought, "jobState": "CANCELLED", "problem": {"code": "CANCELLED"}},
    }
    assert (await operator.ask(CANCEL, input={"jobId": rollout}))["cancelJob"]["job"]["jobState"] == "CANCELLED"
    assert (await operator.ask(CANCEL, input={"jobId": run}))["cancelJob"]["job"]["jobState"] == "CANCELLING"
    assert (await admin.ask(CANCEL, input={"jobId": global_id("Asset", plant.assets["p0"])}))["cancelJob"] == {
        "__typename": "NotFoundError", "code": "JOB_NOT_FOUND", "message": "There is no such job.",
    }  # fmt: skip


async def test_an_idempotency_key_begins_one_import(admin, app, plant):
    upload = await stage(admin, app, csv(1))
    asked = {"uploadId": upload, "contract": "pumps", "format": "CSV", "idempotencyKey": "once"}
    first, second = [(await admin.ask(IMPORT, input=asked))["startImport"] for _ in range(2)]
    assert first == second
    await plant.work()


async def test_more_jobs_than_a_tenant_may_have_are_told_to_wait(platform, tenant, admin, app, plant):
    system = system_principal(tenant.id)
    async with platform.unit(tenant) as uow:
        await budgets.set_ceiling(uow, system, Ceiling.JOBS, 1)
        await uow.commit()
    try:
        await begin(admin, app, csv(1, first=5000))
        asked = {"uploadId": await stage(admin, app, csv(1)), "contract": "pumps", "format": "CSV"}
        refused = (await admin.ask(IMPORT, input=asked))["startImport"]
        assert refused == {
            "__typename": "ExhaustedError", "code": "TOO_MANY_JOBS", "retryAfter": 15.0,
            "facts": {"ceiling": "jobs", "most": 1},
        }  # fmt: skip
        await plant.work()
        assert (await admin.ask(IMPORT, input=asked))["startImport"]["__typename"] == "ImportJob"
        await plant.work()
        async with platform.unit(tenant) as uow:
            await budgets.set_ceiling(uow, system, Ceiling.JOBS_A_DAY, 1)
            await uow.commit()
        asked["uploadId"] = await stage(admin, app, csv(1, first=5001))
        refused = (await admin.ask(IMPORT, input=asked))["startImport"]
        assert (refused["code"], refused["facts"]) == ("TOO_MANY_JOBS", {"ceiling": "jobs_a_day", "most": 1})
        assert 80_000 < refused["retryAfter"] <= 86_400
    finally:
        async with platform.unit(tenant) as uow:
            for ceiling in Ceiling:
                await budgets.set_ceiling(uow, system, ceiling, None)
            await uow.commit()


async def test_a_subscription_tells_each_change_of_an_import_and_looks_at_nothing_between(
    platform, tenant, app, address, plant, admin
):
    id = await begin(admin, app, csv(120_000, first=10_000, asset="p2"))
    key = await make_key(platform.platform, tenant)
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=["graphql-transport-ws"],
        additional_headers={"Authorization": f"Bearer {key}"},
        proxy=None,
    ) as opened:
        await opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await opened.recv())["type"] == "connection_ack"
        query = "subscription s($id: ID!) { jobUpdated(id: $id) { id jobState progress ... on ImportJob { rows } } }"
        message = {"type": "subscribe", "id": "1", "payload": {"query": query, "variables": {"id": id}}}
        await opened.send(json.dumps(message))

        async def hear() -> dict:
            return json.loads(await asyncio.wait_for(opened.recv(), 20))

        first = (await hear())["payload"]["data"]["jobUpdated"]
        assert (first["jobState"], first["rows"]) == ("WAITING", 0)
        with statements(platform.platform.database) as sent:
            await asyncio.sleep(2.5)
        assert [each for each in sent if "transfer" in each] == []
        working = asyncio.create_task(plant.work())
        told = []
        while (answer := await hear())["type"] == "next":
            told.append(answer["payload"]["data"]["jobUpdated"])
        await working
    assert answer["type"] == "complete"
    rows = [each["rows"] for each in told]
    assert rows == sorted(rows)
    assert (told[-1]["jobState"], told[-1]["progress"], told[-1]["rows"]) == ("SUCCEEDED", 1.0, 120_000)
    assert len(told) >= 2


async def test_a_cancel_is_told_to_who_is_watching(platform, tenant, app, plant, admin):
    id = await begin(admin, app, csv(1, first=6000))
    gateway = app.state.gateway
    principal = admin_of(tenant)
    context = gateway.context(principal, await gateway.budgets.account(tenant.id))
    source = await gateway.schema.subscribe(
        f'subscription {{ jobUpdated(id: "{id}") {{ jobState }} }}', context_value=context
    )
    assert (await anext(source)).data == {"jobUpdated": {"jobState": "WAITING"}}
    following = asyncio.ensure_future(anext(source))
    await asyncio.sleep(0.1)
    await admin.ask(CANCEL, input={"jobId": id})
    [payload] = [row.payload for row in await _outbox(platform, tenant, "bulk.tell")][-1:]
    await background.JOBS["bulk.tell"](platform.platform, tenant.id, payload)
    async with asyncio.timeout(5):
        assert (await following).data == {"jobUpdated": {"jobState": "CANCELLED"}}
    await context.release()


async def _outbox(platform, tenant, name: str):
    async with platform.unit(tenant) as uow:
        found = await uow.session.exec(select(OutboxRow).where(OutboxRow.name == name).order_by(OutboxRow.sequence))
        return list(found)
