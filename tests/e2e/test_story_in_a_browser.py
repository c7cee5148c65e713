"""An operator's whole way in a real browser, on a running installation with live rows.

A drill warned, stopped and got a new lens. An operator who signs in by a one-time link records it, reads what follows
from it, is told which dates do not suit and which would, trains, reads the gates, watches the shadow beside the
champion, promotes under the live stream, takes it back, brings it back, and sees in the ledger where the time went. Its
pictures are those of the operator's handbook: `make handbook` copies them.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from threading import Event, Thread
from time import monotonic

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
WATCH_S = 60.0


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


async def go(page: Page, name: str) -> None:
    """To a screen; the name of its link may go on with a count."""
    screens = page.get_by_role("navigation", name="Screens")
    await screens.get_by_role("link", name=re.compile(f"^{name}")).click()


async def open_drill(page: Page) -> None:
    await go(page, "Fleet")
    await page.get_by_test_id(f"asset-{DRILL}").get_by_role("link").click()


async def until_served(plant: Plant, number: int) -> float:
    """Seconds until that version of the drill is champion and its cluster serves it."""
    began = monotonic()

    def served() -> bool:
        found = watch(plant, DRILL)
        return found["champion"]["number"] == number and found["deployment"]["settled"]

    await asyncio.to_thread(until, f"version {number}", served, WATCH_S, 0.05)
    return monotonic() - began


async def test_1_the_fleet_says_which_drill_needs_a_person(screen):
    await expect(screen.page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Access")).to_have_count(0)
    for drill in ("drill-01", "drill-02", "drill-03"):
        await expect(screen.page.get_by_test_id(f"asset-{drill}")).to_contain_text("v1")
    await expect(screen.page.get_by_test_id(f"asset-{DRILL}")).to_contain_text("Alarm")
    await screen.picture("01-fleet")


async def test_2_its_page_says_why(screen):
    await go(screen.page, "Alarms")
    await expect(screen.page.get_by_role("link", name="Laser drill 2").first).to_be_visible()
    await screen.picture("02-alarms")
    await open_drill(screen.page)
    await expect(screen.page.get_by_test_id("sentence")).to_contain_text("unlike before")
    await screen.page.get_by_role("radio", name="30 days").click()
    await screen.picture("03-machine")
    await screen.shot("03-machine-whole", whole=True)


async def test_3_a_new_lens_is_recorded_and_what_follows_is_said(screen, plant):
    page = screen.page
    await page.get_by_role("link", name="A part was replaced, or retrain").click()
    await page.get_by_label("When").fill(typed(plant, stop_and_back(plant)[1]))
    await page.get_by_label("Which part").fill("Lens")
    await screen.picture("04-part-replaced")
    await press(page, "Record")
    await expect(page.get_by_role("heading", name="2. Which dates show the new normal?")).to_be_visible()
    await page.get_by_role("button", name="Part replaced").click()
    await expect(page.get_by_text("Part replaced: Lens")).to_be_visible()
    await page.get_by_role("link", name="Back to the asset").first.click()
    await expect(page.get_by_text("its alarms are muted for a while")).to_be_visible()
    await expect(page.get_by_text("cleared, regime changed (Part replaced: Lens)").first).to_be_visible()
    await expect(page.get_by_text("Choose dates since then and train", exact=False).first).to_be_visible()
    await expect(page.get_by_text("new regime").first).to_be_visible()
    await screen.picture("05-what-follows")
    await screen.shot("05-what-follows-whole", whole=True)
    await page.get_by_role("link", name="Choose dates", exact=True).click()
    await expect(page.get_by_role("heading", name="2. Which dates show the new normal?")).to_be_visible()


async def test_4_dates_of_before_do_not_suit_and_better_ones_are_named(screen, plant):
    page = screen.page
    stop, since = stop_and_back(plant)
    await page.get_by_label("From").fill(typed(plant, stop - WORN_DAYS))
    await page.get_by_label("To", exact=True).fill(typed(plant, since + LEARNT_DAYS))
    verdict = page.get_by_test_id("suitability")
    await expect(verdict).to_have_attribute("data-verdict", "DOES_NOT_FIT")
    await expect(page.get_by_test_id("factor-other_regime")).to_have_attribute("data-verdict", "DOES_NOT_FIT")
    await expect(page.get_by_role("button", name="Train a new version")).to_be_disabled()
    await screen.picture("06-dates-refused")
    await screen.shot("06-dates-refused-whole", whole=True)
    await press(page, "Use this better range")
    await expect(verdict).to_have_attribute("data-verdict", re.compile("FITS|WITH_CARE"))
    chosen = await page.get_by_label("From").input_value()
    assert chosen > typed(plant, stop - WORN_DAYS), "what is better begins later, with fewer rows of the old lens"


async def test_5_a_version_is_trained_on_the_days_since(screen, plant):
    page = screen.page
    since = stop_and_back(plant)[1]
    await page.get_by_label("From").fill(typed(plant, since + 0.1))
    await page.get_by_label("To", exact=True).fill(typed(plant, since + LEARNT_DAYS))
    await expect(page.get_by_test_id("suitability")).to_have_attribute("data-verdict", re.compile("FITS|WITH_CARE"))
    await screen.picture("07-dates-fit")
    await screen.shot("07-dates-fit-whole", whole=True)
    await press(page, "Train a new version")
    progress = page.get_by_test_id("run-progress")
    told = await told_until_ended(progress, screen)
    assert told[-1][0] == "Succeeded", told
    assert len({share for _, share in told}) > 2, f"progress was to be seen while it went on: {told}"
    await screen.picture("08-trained")


async def told_until_ended(progress: Locator, screen: Screen) -> list[tuple[str, str]]:
    """State and share of the run, each time they changed."""
    told: list[tuple[str, str]] = []
    async with asyncio.timeout(120):
        while not told or told[-1][0] not in {"Succeeded", "Stopped by gates", "Failed", "Cancelled"}:
            state, share = (await progress.locator("div").first.inner_text()).split("\n")[:2]
            if not told or told[-1] != (state, share):
                told.append((state, share))
                await screen.shot(f"08-training-{state.split()[0].lower()}")
            await asyncio.sleep(0.1)
    return told


async def test_6_it_passed_the_gates(screen):
    await press(screen.page, "Next: see the gates")
    for gate in (*TITLES, "laser-drill-lens-wear"):
        await expect(screen.page.get_by_test_id(f"gate-{gate}")).to_contain_text("Passed")
    await screen.picture("09-gates")


async def test_7_the_shadow_is_watched_on_live_rows(screen, live_rows):
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
    await screen.picture("10-shadow")
    await screen.shot("10-shadow-whole", whole=True)
    assert live_rows[DRILL] >= 100


async def test_8_meanwhile_alarms_of_the_old_champion_call_nobody(screen, live_rows):
    page = screen.page
    await page.get_by_role("link", name="Back to the asset").first.click()
    await expect(page.get_by_text("Muted until").first).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("raised by a model from before: Part replaced: Lens").first).to_be_visible()
    await screen.picture("11-muted")
    await screen.shot("11-muted-whole", whole=True)
    await page.get_by_role("link", name="Compare and decide").click()


async def test_9_it_is_promoted_under_the_stream(screen, plant, live_rows):
    page = screen.page
    await press(page, "Next: promote")
    await screen.picture("12-promote")
    await press(page, "Promote v2")
    await screen.shot("12-promote-asked")
    await press(page, "Yes, promote")
    await expect(page.get_by_text("Version 2 answers for Laser drill 2.")).to_be_visible(timeout=SERVED_MS)
    await expect(page.get_by_text("v2 answers since")).to_be_visible(timeout=SERVED_MS)
    await screen.picture("13-promoted")
    await page.get_by_role("link", name="Back to the asset").last.click()
    await expect(page.get_by_test_id("sentence")).to_contain_text(
        "Behaves as it did when it was learned", timeout=60_000
    )
    await screen.picture("14-recovered")
    await screen.shot("14-recovered-whole", whole=True)


async def test_10_it_is_taken_back_and_brought_back(screen, plant, live_rows):
    page = screen.page
    champion = page.locator("dl div").filter(has=page.locator("dt", has_text=re.compile("^Champion$")))

    async def back(number: int) -> None:
        button = f"Undo: bring v{number} back"
        await expect(page.get_by_role("button", name=button)).to_be_enabled(timeout=SERVED_MS)
        served = asyncio.create_task(until_served(plant, number))
        await press(page, button)
        print(f"“{button}”: the cluster served it after {await served:.1f} s")
        await expect(champion).to_contain_text(f"Version {number}", timeout=SERVED_MS)
        await expect(page.get_by_text(f"v{number} answers since")).to_be_visible(timeout=SERVED_MS)

    await back(1)
    await screen.picture("15-taken-back")
    await back(2)
    await screen.picture("16-brought-back")


async def test_11_the_ledger_shows_where_the_time_went(screen, live_rows):
    page = screen.page
    await go(page, "Loop")
    await page.get_by_label("Asset", exact=True).fill(DRILL)
    # How many false alarms came before the change, each a loop without an end, is up to the models.
    await expect(page.get_by_text(re.compile(r"^1 closed, 0 open, \d+ abandoned$"))).to_be_visible(timeout=60_000)
    loops = page.get_by_role("table", name="Ended loops").get_by_test_id(f"loop-{DRILL}")
    loop = loops.filter(has_text="Normal changed")  # the alarm's loop ended when the change was told
    await expect(loop).to_contain_text("Champion live", timeout=60_000)
    await expect(loop).to_contain_text("Back: promotion undone")
    await expect(page.get_by_test_id("bottleneck")).to_contain_text("The bottleneck is Observe")
    for stage in ("OBSERVE", "ORIENT", "DECIDE", "ACT"):
        await expect(page.get_by_test_id(f"stage-{stage}")).to_contain_text(re.compile(r"\d+ (sec|min|hr|day)"))
    await screen.picture("17-loop")
    await screen.shot("17-loop-whole", whole=True)
