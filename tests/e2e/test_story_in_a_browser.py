"""An operator's whole way in a real browser, on a running installation with live rows.

A drill warned, stopped and got a new lens. An operator who signs in by a one-time link records it, trains on the days
since, reads the gates, watches the shadow beside the champion, promotes under the live stream, and takes it back.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from threading import Event, Thread

import pytest
from andon_laser_drill.life import DAY
from drills import Plant, alarms, until, watch
from playwright.async_api import Locator, Page, async_playwright, expect
from screen import CHROMIUM, Screen

from infra.bootstrap import ways
from infra.local import postgres
from infra.settings import REPOSITORY
from services.kernel.rights import Role, system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy
from services.training.gates import TITLES

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone, pytest.mark.browser]

SHOTS = REPOSITORY / ".artifacts" / "e2e"
DRILL, NUMBER = "drill-02", 1
"""It stops after the story told through the API has ended."""
WORN_DAYS = 5.0
LEARNT_DAYS = 8.0
STEP_DAYS = 0.01
STEP_S = 0.4


SERVED_MS = 60_000
"""A promotion says “being put in place” until the cluster serves it; how long that takes, a benchmark tells."""


@pytest.fixture(scope="module")
def plant(taught) -> Plant:
    """Taught drills, one of which wore out, stopped, and has run for some days with a new lens."""
    assert DRILL in taught.served, taught.run["gates"]
    stop, back = stop_and_back(taught.plant)
    taught.plant.live(stop - WORN_DAYS, back + LEARNT_DAYS)
    until("the alarm of the worn drill", lambda: alarms(taught.plant, DRILL))
    return taught.plant


def stop_and_back(plant: Plant) -> tuple[float, float]:
    """Days on which the drill stops, and runs again."""
    life = plant.simulation.life
    return float(life.stop[NUMBER, 0]) / DAY, float(life.back[NUMBER, 0]) / DAY


@pytest.fixture(scope="module")
async def screen(running, taught, plant) -> AsyncIterator[Screen]:
    """The one window in which the operator does everything, signed in by a link that works once."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC", color_scheme="light"
        )
        context.set_default_timeout(30_000)
        screen = Screen(await context.new_page(), running.url, SHOTS).listen()
        await screen.page.goto(await operator_link(running, taught.slug))
        yield screen
        await browser.close()
        assert screen.complaints == []


async def operator_link(running, slug: str) -> str:
    """A one-time link for a new member who is an operator and no more."""
    database = Database(postgres.sqlalchemy(ways(running.settings, running.state).app_url), pool_size=1)
    try:
        tenant = await tenancy.tenant_by_slug(database, slug)
        principal = system_principal(tenant.id)
        async with database.unit(tenant.id) as uow:
            mina = await tenancy.add_member(uow, principal, "mina@example.com", "Mina", Role.OPERATOR, None)
            token = await tenancy.make_login_link(uow, principal, mina.id)
            await uow.commit()
    finally:
        await database.close()
    return f"{running.url}/login?token={token}"


@pytest.fixture(scope="module")
def live_rows(plant) -> Iterator[Counter[str]]:
    """Rows keep coming from here on, from where they ended; holds how many of each drill were stored."""
    enough = Event()
    stored: Counter[str] = Counter()

    def stream() -> None:
        day = live_since(plant)
        while not enough.wait(STEP_S):
            stored.update(plant.live(day, day + STEP_DAYS))
            day += STEP_DAYS

    sender = Thread(target=stream)
    sender.start()
    yield stored
    enough.set()
    sender.join()


def live_since(plant: Plant) -> float:
    return stop_and_back(plant)[1] + LEARNT_DAYS


def typed(plant: Plant, day: float) -> str:
    """As a field for date and time takes it; the window's zone is UTC."""
    return plant.day(day).strftime("%Y-%m-%dT%H:%M")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_1_the_fleet_says_which_drill_needs_a_person(screen):
    await expect(screen.page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Access")).to_have_count(0)
    for drill in ("drill-01", "drill-02", "drill-03"):
        await expect(screen.page.get_by_test_id(f"asset-{drill}")).to_contain_text("v1")
    await expect(screen.page.get_by_test_id(f"asset-{DRILL}")).to_contain_text("Alarm")
    await screen.shot("1-fleet")


async def test_2_its_page_says_why(screen):
    await screen.page.get_by_test_id(f"asset-{DRILL}").get_by_role("link").click()
    await expect(screen.page.get_by_test_id("sentence")).to_contain_text("unlike before")
    await screen.page.get_by_role("radio", name="30 days").click()
    await screen.shot("2-asset")
    await screen.shot("2-asset-whole", whole=True)


async def test_3_a_new_lens_is_recorded(screen, plant):
    page = screen.page
    await page.get_by_role("link", name="A part was replaced, or retrain").click()
    await page.get_by_label("When").fill(typed(plant, stop_and_back(plant)[1]))
    await page.get_by_label("Which part").fill("Lens")
    await screen.shot("3-part-replaced")
    await press(page, "Record")
    await expect(page.get_by_role("heading", name="2. Which dates show the new normal?")).to_be_visible()
    await page.get_by_role("button", name="Part replaced").click()
    await expect(page.get_by_text("Part replaced: Lens")).to_be_visible()
    await press(page, "Next: choose dates")


async def test_4_a_version_is_trained_on_the_days_since(screen, plant):
    page = screen.page
    since = stop_and_back(plant)[1]
    await page.get_by_label("From").fill(typed(plant, since + 0.1))
    await page.get_by_label("To", exact=True).fill(typed(plant, since + LEARNT_DAYS))
    await expect(page.get_by_test_id("suitability")).to_have_attribute("data-verdict", re.compile("FITS|WITH_CARE"))
    await screen.shot("4-dates", whole=True)
    await press(page, "Train a new version")
    progress = page.get_by_test_id("run-progress")
    told = await told_until_ended(progress, screen)
    assert told[-1][0] == "Succeeded", told
    assert len({share for _, share in told}) > 2, f"progress was to be seen while it went on: {told}"
    await screen.shot("5-trained")


async def told_until_ended(progress: Locator, screen: Screen) -> list[tuple[str, str]]:
    """State and share of the run, each time they changed."""
    told: list[tuple[str, str]] = []
    async with asyncio.timeout(120):
        while not told or told[-1][0] not in {"Succeeded", "Stopped by gates", "Failed", "Cancelled"}:
            state, share = (await progress.locator("div").first.inner_text()).split("\n")[:2]
            if not told or told[-1] != (state, share):
                told.append((state, share))
                await screen.shot(f"5-training-{state.split()[0].lower()}")
            await asyncio.sleep(0.1)
    return told


async def test_5_it_passed_the_gates(screen):
    await press(screen.page, "Next: see the gates")
    for gate in (*TITLES, "laser-drill-lens-wear"):
        await expect(screen.page.get_by_test_id(f"gate-{gate}")).to_contain_text("Passed")
    await screen.shot("6-gates")


async def test_6_the_shadow_is_watched_on_live_rows(screen, live_rows):
    page = screen.page
    await press(page, "Next: watch the shadow")
    await expect(page.get_by_test_id("live-scores")).not_to_contain_text("waiting", timeout=60_000)
    rows = page.get_by_test_id("comparison").locator("dd").first
    await expect(rows).to_have_text(re.compile(r"^[1-9]\d{2,}$"), timeout=90_000)
    await press(page, "Look again")
    evidence = page.get_by_test_id("evidence")
    await expect(evidence).to_have_attribute("data-advice", "WAIT", timeout=30_000)
    await expect(evidence).to_contain_text("not enough to tell: wait")
    await expect(evidence).to_contain_text("False alarms in 30 days")
    await screen.shot("7-shadow")
    await screen.shot("7-shadow-whole", whole=True)
    assert live_rows[DRILL] >= 100


async def test_7_it_is_promoted_under_the_stream(screen, plant, live_rows):
    page = screen.page
    await press(page, "Next: promote")
    await screen.shot("8-promote")
    await press(page, "Promote v2")
    await screen.shot("8-promote-asked")
    await press(page, "Yes, promote")
    await expect(page.get_by_text("Version 2 answers for Laser drill 2.")).to_be_visible(timeout=SERVED_MS)
    await expect(page.get_by_text("v2 answers since")).to_be_visible(timeout=SERVED_MS)
    await screen.shot("9-promoted")
    await page.get_by_role("link", name="Back to the asset").last.click()
    await expect(page.get_by_test_id("sentence")).to_contain_text(
        "Behaves as it did when it was learned", timeout=60_000
    )
    await screen.shot("9-promoted-asset")
    await screen.shot("9-promoted-asset-whole", whole=True)


async def test_8_and_is_taken_back(screen, plant, live_rows):
    page = screen.page
    await press(page, "Undo: bring v1 back")
    await expect(page.get_by_text("Version 1", exact=True).first).to_be_visible(timeout=SERVED_MS)
    champion = page.locator("dl div").filter(has=page.locator("dt", has_text=re.compile("^Champion$")))
    await expect(champion).to_contain_text("Version 1", timeout=SERVED_MS)
    await screen.shot("10-undone")
    assert (await asyncio.to_thread(watch, plant, DRILL))["champion"]["number"] == 1
