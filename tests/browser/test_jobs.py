"""Long work on the screen: a file comes in and its bad rows are told, sending is stopped, rows go out into a file."""

import asyncio
import gzip
import re
from datetime import timedelta

import pytest
from bulk_plant import PUMPS, START, Plant, csv
from gateway_client import admin_of
from playwright.async_api import expect

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.readings import historian
from services.rollouts.contracts import RolloutState
from services.rollouts.tables import RolloutRow
from services.training.contracts import RunState
from services.training.tables import RunRow

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}
FAST = SLOW | {"uploadThroughput": -1}


@pytest.fixture(scope="module")
async def pumps(platform, tenant):
    """A contract, a pump and the historian; the tests do the work of the jobs when they want it done."""
    principal = admin_of(tenant)
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, PUMPS)
        [made] = await assets.create_assets(uow, principal, [NewAsset("p0", "Pump 0", "Ulsan", "Line 1", "pumps")])
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(platform.platform, principal, contract, {"p0": made.id})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)


def given(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def choose(page, name: str, content: bytes) -> None:
    await page.locator("input[type=file]").set_input_files(given(name, content))


async def test_nothing_yet_is_said_and_the_forms_wait_for_a_contract(screen):
    await screen.open("/jobs", "Jobs")
    await expect(screen.page.get_by_role("heading", name="No job yet")).to_be_visible()
    assert await screen.axe() == []
    await screen.page.get_by_role("link", name="Export rows").click()
    await expect(screen.page.get_by_text("There is no contract yet.")).to_be_visible()


async def test_a_file_comes_in_and_its_bad_rows_are_told(screen, pumps):
    page = screen.page
    await screen.open("/jobs", "Jobs")
    await page.get_by_role("link", name="Import rows").focus()
    await page.keyboard.press("Enter")
    send = page.get_by_role("button", name="Send and import")
    await expect(send).to_be_disabled()
    await choose(page, "old.xlsx", b"x")
    await expect(page.get_by_role("alert")).to_have_text(
        "“old.xlsx” is none of CSV, CSV with gzip, Parquet and Arrow. Choose such a file."
    )
    await choose(page, "old.csv", b"")
    await expect(page.get_by_role("alert")).to_have_text("“old.csv” is empty. Choose a file with rows.")
    await choose(page, "old.parquet", csv(3))
    await expect(page.get_by_role("alert")).to_contain_text("“old.parquet” is not what its ending says.")
    await expect(send).to_be_disabled()
    await screen.shot("jobs-import-wrong-file")
    assert await screen.axe() == []
    await choose(page, "old.csv.gz", gzip.compress(csv(20, bad=(4,)) + csv(1, first=7).split(b"\n", 1)[1]))
    await expect(page.get_by_test_id("chosen")).to_contain_text("old.csv.gz, ")
    await screen.shot("jobs-import")
    await send.click()
    await expect(page.get_by_role("heading", name="Import of pumps", level=1)).to_be_visible()
    standing = page.get_by_test_id("job-standing")
    await expect(standing).to_contain_text("Waiting")
    await page.reload()
    await expect(standing).to_contain_text("Waiting")
    await expect(standing.get_by_role("button", name="Cancel")).to_be_visible()

    await pumps.work()
    await expect(standing).to_contain_text("Succeeded")
    await expect(standing.get_by_role("button", name="Cancel")).to_have_count(0)
    assert await page.get_by_test_id("import-counts").locator("dd").all_text_contents() == ["19", "1", "1"]
    rows = page.get_by_role("table", name="Rows that are not stored").get_by_role("row")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1)).to_contain_text("999 is outside -20 to 150 degC.")
    await expect(rows.nth(1)).to_contain_text("Quarantined")
    await expect(rows.nth(1).get_by_role("cell").first).to_have_text("4")
    await expect(rows.nth(2)).to_contain_text("Refused")
    await expect(rows.nth(2).get_by_role("cell").first).to_have_text("20")
    await screen.shot("jobs-import-done", whole=True)
    assert await screen.axe() == []
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download the results").click()
    path = await (await coming.value).path()
    assert len(gzip.decompress(path.read_bytes()).splitlines()) == 22
    await page.set_viewport_size(PHONE)
    await screen.shot("jobs-import-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_sending_can_be_stopped_and_begun_again(screen, pumps):
    page = screen.page
    throttle = await page.context.new_cdp_session(page)
    await throttle.send("Network.enable")
    await throttle.send("Network.emulateNetworkConditions", SLOW)
    await screen.open("/jobs/import", "Import rows")
    await choose(page, "long.csv", csv(30_000, first=10_000))
    await page.get_by_role("button", name="Send and import").click()
    sent = page.get_by_role("progressbar", name="How much of the file is sent")
    await expect(sent).to_be_visible()
    await expect(sent).not_to_have_attribute("aria-valuenow", "0")
    await screen.shot("jobs-sending")
    assert await screen.axe() == []
    await page.get_by_role("button", name="Stop sending").click()
    await expect(sent).to_have_count(0)
    await expect(page.get_by_role("alert")).to_have_count(0)
    await throttle.send("Network.emulateNetworkConditions", FAST)
    await page.get_by_role("button", name="Send and import").click()
    await expect(page.get_by_role("heading", name="Import of pumps", level=1)).to_be_visible()
    await page.get_by_test_id("job-standing").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_test_id("job-standing")).to_contain_text("Cancelled by Admin.")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_why_an_import_failed_is_said_in_words(screen, pumps):
    page = screen.page
    await screen.open("/jobs/import", "Import rows")
    await choose(page, "wrong.csv", b"machine,when\np0,2026-03-01T00:00:00Z\n")
    await page.get_by_role("button", name="Send and import").click()
    await expect(page.get_by_test_id("job-standing")).to_contain_text("Waiting")
    await pumps.work()
    await expect(page.get_by_test_id("job-standing")).to_contain_text("Failed")
    told = await page.get_by_role("alert").locator("p").first.text_content()
    await screen.shot("jobs-import-failed")
    await page.get_by_role("main").get_by_role("link", name="Jobs").click()
    await expect(page.get_by_role("table", name="All jobs").get_by_role("row").nth(1)).to_contain_text(str(told))


async def test_rows_go_out_into_a_file(screen, pumps):
    page = screen.page
    await pumps.bring(csv(50, first=100))
    await pumps.history("p0")
    await screen.open("/jobs/export", "Export rows")
    await page.get_by_label("From").fill(f"{START + timedelta(days=1):%Y-%m-%dT%H:%M}")
    await page.get_by_label("Until").fill(f"{START - timedelta(days=1):%Y-%m-%dT%H:%M}")
    await expect(page.get_by_text("The end lies before the start.")).to_be_visible()
    await expect(page.get_by_role("button", name="Export", exact=True)).to_be_disabled()
    await page.get_by_label("From").fill(f"{START - timedelta(days=2):%Y-%m-%dT%H:%M}")
    await page.get_by_label("Until").fill(f"{START + timedelta(days=2):%Y-%m-%dT%H:%M}")
    await page.get_by_role("textbox", name="Labels of the machines").fill("==")
    await page.get_by_role("button", name="Export", exact=True).click()
    await expect(page.get_by_role("textbox", name="Labels of the machines")).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("textbox", name="Labels of the machines").fill("")
    await page.get_by_role("button", name="Format").click()
    await page.get_by_role("option", name="CSV with gzip").click()
    await screen.shot("jobs-export")
    assert await screen.axe() == []
    await page.get_by_role("button", name="Export", exact=True).click()
    await expect(page.get_by_role("heading", name="Export of readings, pumps", level=1)).to_be_visible()
    await pumps.work()
    link = page.get_by_role("link", name="Download the file")
    async with page.expect_download() as coming:
        await link.click()
    download = await coming.value
    assert download.suggested_filename.endswith(".csv.gz")
    lines = gzip.decompress((await download.path()).read_bytes()).decode().splitlines()
    assert lines[0] == '"asset","time","temperature","pressure"'
    assert '"p0",2026-03-01 00:01:40.000000Z,20,1.5' in lines
    await expect(page.get_by_test_id("job-standing").get_by_role("status")).to_have_text(f"{len(lines) - 1} rows")
    await screen.shot("jobs-export-done")
    assert await screen.axe() == []


def a_run(pumps: Plant, state: RunState) -> RunRow:
    now = pumps.platform.clock()
    return RunRow(
        tenant_id=pumps.principal.tenant, id=new_id(), blueprint="x", blueprint_version="1",
        contract_id=pumps.contract.id, contract_version=1, start=now, end=now, parameters={}, seed=0, asset_count=3,
        state=state.value, progress=0.5, message="Training.", created_by="Ada", created_at=now,
    )  # fmt: skip


async def put(pumps: Plant, *rows: object) -> None:
    async with pumps.platform.database.unit(pumps.principal.tenant) as uow:
        uow.session.add_all(rows)
        await uow.commit()


async def test_the_list_is_filtered_and_leads_to_runs(screen, pumps):
    page = screen.page
    await put(pumps, a_run(pumps, RunState.TRAINING))
    await asyncio.sleep(0.002)  # ids are ordered by milliseconds
    await pumps.begin(csv(3))
    await screen.open("/jobs", "Jobs")
    rows = page.get_by_role("table", name="All jobs").get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("Import of pumps")
    await expect(rows.nth(2).get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    await expect(rows.nth(2)).to_contain_text("0 of 3 assets")
    await screen.shot("jobs", whole=True)
    assert await screen.axe() == []
    await page.get_by_role("button", name="State").click()
    await page.get_by_role("option", name="Waiting").click()
    await expect(rows).to_have_count(2)
    await pumps.work()
    await expect(page.get_by_role("heading", name="No job matches")).to_be_visible(timeout=15_000)
    await page.get_by_role("button", name="State").click()
    await page.get_by_role("option", name="Every state").click()
    await page.get_by_role("button", name="Kind").click()
    await page.get_by_role("option", name="Run", exact=True).click()
    await expect(rows).to_have_count(2)
    await page.set_viewport_size(PHONE)
    await screen.shot("jobs-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await rows.nth(1).get_by_role("link", name="Run of x").click()
    await expect(page.get_by_role("heading", name="Run of x", level=1)).to_be_visible()


async def test_a_rollout_asks_before_it_is_cancelled(screen, pumps):
    page, now = screen.page, pumps.platform.clock()
    rollout = RolloutRow(
        tenant_id=pumps.principal.tenant, id=new_id(), blueprint="x", start=now, end=now, parameters={}, seed=0,
        shares=[1.0], most_failing=0.2, by_hand=False, asset_count=4, cohort_count=1, message="Two failed.",
        state=RolloutState.PAUSED.value, created_by="Ada", created_at=now,
    )  # fmt: skip
    await put(pumps, rollout)
    await screen.open("/jobs", "Jobs")
    row = page.get_by_test_id(f"job-{global_id('Rollout', rollout.id)}")
    await expect(row).to_contain_text("Paused")
    await expect(row).to_contain_text("Two failed.")
    await row.get_by_role("button", name="Cancel").press("Enter")
    asked = page.get_by_role("alertdialog", name="Cancel the rollout?")
    await expect(asked).to_contain_text("It cannot be resumed afterwards.")
    assert await screen.axe() == []
    await asked.get_by_role("button", name="Cancel the rollout").click()
    await expect(row).to_contain_text("Cancelled")
    await expect(asked).to_have_count(0)
    await row.get_by_role("link", name="x to 4 assets").click()
    await expect(page).to_have_url(re.compile("/rollouts/"))


async def test_a_long_list_comes_in_pages(screen, pumps):
    await put(pumps, *(a_run(pumps, RunState.SUCCEEDED) for _ in range(60)))
    await screen.open("/jobs", "Jobs")
    rows = screen.page.get_by_role("table", name="All jobs").get_by_role("row")
    await expect(rows).to_have_count(51)
    more = screen.page.get_by_role("button", name="Show more")
    await more.click()
    await expect(more).to_have_count(0)
    assert await rows.count() > 61


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_an_operator_exports_and_watches_but_does_not_import(screen, pumps):
    page = screen.page
    await pumps.begin(csv(3))
    await screen.open("/jobs", "Jobs")
    await expect(page.get_by_role("link", name="Import rows")).to_have_count(0)
    first = page.get_by_role("table", name="All jobs").get_by_role("row").nth(1)
    await expect(first).to_contain_text("Waiting")
    await expect(first.get_by_role("button", name="Cancel")).to_have_count(0)
    await page.goto(f"{screen.url}/jobs/import")
    await expect(page.get_by_role("heading", name="Importing is for engineers and admins")).to_be_visible()
    await screen.open("/jobs/export", "Export rows")
    await page.get_by_role("button", name="Export", exact=True).click()
    await expect(page.get_by_role("heading", name="Export of readings, pumps", level=1)).to_be_visible()
    await page.get_by_test_id("job-standing").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_test_id("job-standing")).to_contain_text("Cancelled")
