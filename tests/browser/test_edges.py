"""The page of edges: what each reads, what waits there, and one that fell silent."""

from datetime import timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from services.edges import api as edges
from services.edges.contracts import (
    DestinationReport,
    DestinationState,
    MappedIn,
    Report,
    SourceReport,
    SourceState,
    Tag,
    TagAge,
)
from services.kernel.clock import utc_now

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.fixture
async def halls(platform, tenant, principal):
    """Hall 3, whose database is away, and hall 4, which fell silent."""
    began = utc_now() - timedelta(hours=3)
    ages = (TagAge("ns=2;s=Feeder", None), TagAge("ns=2;s=Boiler", 65.0))
    plc = SourceReport("plc7", "opc-ua", SourceState.CONNECTED, "", began, 12, 1, 0, 9_000, 2, 0, "", ages)
    away = "The server does not answer."
    sql = SourceReport("historian", "sql", SourceState.WAITING, away, began, 4, 0, 1_250, 70, 0, 0, "", ())
    chat = DestinationReport("chat", "apprise", DestinationState.WORKS, "", None, 0, 7, 0)
    async with platform.unit(tenant) as uow:
        await edges.report_edge(uow, principal, Report("hall-3", "0.1.0", began, (plc, sql), (chat,)))
        await edges.report_edge(uow, principal, Report("hall-4", "0.1.0", began, (plc,)))
        await uow.session.execute(
            text("UPDATE plant_edge SET seen_at = seen_at - interval '1 hour' WHERE name = 'hall-4'")
        )
        await uow.commit()
    yield
    async with platform.unit(tenant) as uow:
        for table in ("edge_tag", "edge_source", "plant_edge"):
            await uow.session.execute(text(f"DELETE FROM {table}"))
        await uow.commit()


async def test_what_each_edge_reads_and_which_is_silent(screen, halls):
    page = screen.page
    await screen.open("/quarantine", "Quarantine")
    await page.get_by_role("link", name="Where rows come from").click()
    await expect(page.get_by_role("heading", name="Edges", level=1)).to_be_visible()
    sources = page.get_by_role("table", name="Sources of hall-3")
    plc, historian = sources.get_by_role("row", name="plc7"), sources.get_by_role("row", name="historian")
    await expect(plc).to_contain_text("Connected")
    await expect(plc).to_contain_text("12 tags")
    await expect(plc).to_contain_text("1 gave nothing yet, such as ns=2;s=Feeder")
    await expect(plc).to_contain_text("oldest: ns=2;s=Boiler, 1 min 5 secs ago")
    await expect(historian).to_contain_text("Tried again")
    await expect(historian).to_contain_text("The server does not answer.")
    await expect(historian).to_contain_text("1,250")
    await expect(page.get_by_role("table", name="Destinations of hall-3")).to_contain_text("Works")
    await expect(page.get_by_text("Silent, last heard of 1 hour ago: below is what it said then")).to_be_visible()
    await screen.shot("edges", whole=True)
    await page.get_by_role("button", name="Forget").click()
    await page.get_by_role("button", name="Forget it").click()
    await expect(page.get_by_role("table", name="Sources of hall-4")).to_have_count(0)
    await expect(sources).to_be_visible()


@pytest.mark.usefixtures("plant")
async def test_tags_are_mapped_to_signals(screen, halls, platform, tenant, principal):
    page, began = screen.page, utc_now() - timedelta(hours=1)
    press = SourceReport("press", "opc-ua", SourceState.WAITING, "", began, 0, 0, 0, 0, 0, 0, "", (), MappedIn.PORTAL)
    async with platform.unit(tenant) as uow:
        await edges.report_edge(uow, principal, Report("hall-3", "0.1.0", began, (press,)))
        await uow.commit()
    await screen.open("/edges", "Edges")
    await page.get_by_role("link", name="Map tags").click()
    await expect(page.get_by_role("heading", name="The tags were not read yet")).to_be_visible()
    await page.get_by_role("button", name="Read the tags").click()
    await expect(page.get_by_text("The edge reads them at its next look")).to_be_visible()
    async with platform.unit(tenant) as uow:
        found = [Tag(f"ns=2;s=Press.{number:02}", f"Value {number}", "bar", ("Hall", "Press")) for number in range(60)]
        await edges.report_tags(uow, principal, "hall-3", "press", found)
        await uow.commit()
    tags = page.get_by_role("table", name="Tags of press")
    await expect(tags.get_by_role("row")).to_have_count(51, timeout=20_000)  # the page asks every five seconds
    await page.get_by_label("Search the tags").fill("press.05")
    await expect(tags.get_by_role("row")).to_have_count(2)

    await page.get_by_label("Machine", exact=True).fill("drill-1")
    await page.get_by_role("button", name="Add the machine").click()
    signals = page.get_by_role("table", name="Signals of Drill 1")
    await signals.get_by_role("textbox").first.fill("ns=2;s=Press.05")
    await signals.get_by_label("1", exact=True).first.fill("two")
    await expect(page.get_by_text("Numbers, and times is not 0.")).to_be_visible()
    await expect(page.get_by_role("button", name="Save the mapping")).to_be_disabled()
    await signals.get_by_label("1", exact=True).first.fill("2")
    await page.get_by_role("button", name="Save the mapping").click()
    await expect(page.get_by_text("changed by")).to_be_visible(timeout=20_000)
    await expect(tags.get_by_role("row", name="Press.05")).to_contain_text("Drill 1: ")
    assert await screen.axe() == []
    await screen.shot("edge-mapping", whole=True)

    await page.get_by_role("button", name="Feed it no more").click()
    await page.get_by_role("button", name="Discard changes").click()
    await expect(signals).to_be_visible()
    assert screen.complaints == []
