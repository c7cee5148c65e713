"""The verdict on a range while it is picked: factors, evidence, the better range, and an engineer's override."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from ended_run import ended_run
from fans import Fans, after, stored
from playwright.async_api import Locator, expect

from gateway.relay import global_id
from services.assets import api as assets
from services.blueprints.host import installed
from services.kernel.rights import Role
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training import api as training
from services.training.contracts import Finding, Gate, StartFrom
from services.training.repository import Runs

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.fixture(scope="module")
async def fans(platform, tenant, principal) -> AsyncIterator[Fans]:
    async with stored(platform, tenant, principal) as found:
        yield found


def address(start: float, end: float) -> str:
    def stamp(seconds: float) -> str:
        return after(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")

    return f"/assets/f1/retrain?step=dates&from={stamp(start)}&to={stamp(end)}"


async def verdict(screen, said: str) -> Locator:
    found = screen.page.get_by_test_id("suitability")
    await expect(found).to_have_attribute("data-verdict", said, timeout=20_000)
    return found


async def test_an_engineer_sees_why_and_overrides_with_a_reason(screen, fans):
    await screen.open(address(120, 5100), "Retrain Fan 1")
    page = screen.page
    found = await verdict(screen, "DOES_NOT_FIT")
    await expect(found).to_contain_text("This range does not fit.")
    missing = page.get_by_test_id("factor-missing")
    await expect(missing).to_contain_text(re.compile(r"Speed is missing from 5[78] % of the rows"))
    await expect(missing.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    train = page.get_by_role("button", name="Train all the same")
    await expect(train).to_be_disabled()
    await screen.shot("suitability-refused", whole=True)
    assert await screen.axe() == []
    await missing.get_by_role("button").press("Enter")
    await expect(missing.get_by_role("button")).to_have_attribute("aria-pressed", "false")
    await page.get_by_label("Why train on it all the same").fill("The sensor was off on purpose.")
    await expect(train).to_be_enabled()
    await page.get_by_label("Why train on it all the same").fill("")
    await expect(train).to_be_disabled()


async def test_the_better_range_is_taken_with_a_key(screen, fans):
    await screen.open(address(120, 5100), "Retrain Fan 1")
    await verdict(screen, "DOES_NOT_FIT")
    before = datetime.fromisoformat(await screen.page.get_by_label("From").input_value())
    await screen.page.get_by_role("button", name="Use this better range").press("Enter")
    await verdict(screen, "FITS")
    assert datetime.fromisoformat(await screen.page.get_by_label("From").input_value()) > before
    await expect(screen.page.get_by_role("button", name="Train a new version")).to_be_enabled()
    await screen.shot("suitability-fits", whole=True)
    assert await screen.axe() == []


async def test_a_fleet_names_the_assets_that_do_not_fit(screen, fans):
    await screen.open("/retrain?assets=f0,f1,f2", "Retrain together")
    found = await verdict(screen, "DOES_NOT_FIT")
    await expect(found).to_contain_text("1 asset does not fit.")
    await expect(found.get_by_role("link", name="Fan 1")).to_be_visible()
    await screen.shot("suitability-fleet", whole=True)
    assert await screen.axe() == []


async def test_the_present_model_is_updated_or_a_new_one_trained(screen, fans, platform, tenant, principal):
    page, choice = screen.page, screen.page.get_by_test_id("start-from")
    recipe = installed().blueprints["any-machine-watch"].blueprint

    async def form() -> None:
        await screen.open(address(120, 5100).replace("f1", "f2"), "Retrain Fan 2")
        await page.get_by_role("button", name="Blueprint").press("Enter")
        await page.get_by_role("option", name=f"{recipe.title} {recipe.version}", exact=True).press("Enter")

    await form()
    await expect(choice).to_contain_text("Fan 2 cannot be updated: It has no champion yet.", timeout=20_000)
    await expect(choice.get_by_role("button")).to_be_disabled()
    async with platform.unit(tenant) as uow:
        found = await assets.get_assets(uow, principal, [fans.ids["f2"]])
        run = await ended_run(uow, principal, found, 2, blueprint=(recipe.key, recipe.version))
        versions = await registry.aliased_of_run(uow, principal, run, Alias.CHALLENGER)
        await registry.set_aliases(uow, principal, list(versions.values()), Alias.CHAMPION)
        await uow.commit()
    await form()
    await expect(choice).to_contain_text("Update when the machine is the same", timeout=20_000)
    await choice.get_by_role("button").press("Enter")
    await page.get_by_role("option", name="Update the present model").press("Enter")
    await screen.shot("retrain-update", whole=True)
    assert await screen.axe() == []
    await verdict(screen, "FITS")
    await page.get_by_role("button", name="Train a new version").press("Enter")
    await expect(page.get_by_role("heading", name="3. Training")).to_be_visible(timeout=20_000)
    async with platform.unit(tenant) as uow:
        newest = (await training.list_runs(uow, principal, fans.ids["f2"], 1))[0]
        assert newest.start_from is StartFrom.CHAMPION
        await training.cancel_run(uow, principal, newest.id)
        await uow.commit()


async def test_the_form_says_that_the_same_rows_will_not_help(screen, fans, platform, tenant, principal):
    recipe = installed().blueprints["any-machine-components"].blueprint
    sentence = "40.0% of the newest rows are called abnormal."
    async with platform.unit(tenant) as uow:
        found = await assets.get_assets(uow, principal, [fans.ids["f0"]])
        run = await ended_run(uow, principal, found, 4, blueprint=(recipe.key, recipe.version))
        row = await Runs(uow).get(run)
        assert row is not None
        row.start, row.end = after(120), after(5100)
        await Runs(uow).replace_gates(run, [Gate(found[0].id, "held_out", False, 0.4, 0.1, sentence)])
        told = [Finding("will_not_help", None, None, None, "Retraining on such dates will not help.")]
        await Runs(uow).note_outcome(run, {}, {}, {found[0].id: told})
        await uow.commit()
    await screen.open(address(120, 5100).replace("f1", "f0"), "Retrain Fan 0")
    notice = screen.page.get_by_test_id("will-not-help")
    await expect(notice).to_contain_text("had nearly the same rows and was stopped: 40.0%", timeout=20_000)
    await screen.shot("retrain-in-vain", whole=True)
    assert await screen.axe() == []
    await screen.open(f"/runs/{global_id('Run', run)}", f"Run of {recipe.key}")
    await expect(screen.page.get_by_test_id("finding-will_not_help")).to_contain_text("will not help")
    await screen.shot("run-findings", whole=True)
    assert await screen.axe() == []


class TestOperator:
    @pytest.fixture
    def role(self) -> Role:
        return Role.OPERATOR

    async def test_is_told_what_to_do_and_cannot_press(self, screen, fans):
        await screen.open(address(120, 5100), "Retrain Fan 1")
        await verdict(screen, "DOES_NOT_FIT")
        await expect(screen.page.get_by_text("or ask an engineer, who may override this")).to_be_visible()
        await expect(screen.page.get_by_role("button", name="Train a new version")).to_be_disabled()
        await expect(screen.page.get_by_label("Why train on it all the same")).to_have_count(0)


async def test_how_verdicts_fared(screen, fans, platform, tenant, principal):
    await screen.open("/runs", "Runs")
    await screen.page.get_by_role("link", name="How verdicts fared").click()
    await expect(screen.page.get_by_text("No run with a verdict has ended yet")).to_be_visible()
    async with platform.unit(tenant) as uow:
        found = await assets.get_assets(uow, principal, [fans.ids["f0"], fans.ids["f1"]])
        run = await ended_run(uow, principal, found, 1)
        row = await Runs(uow).get(run)
        assert row is not None
        row.suitability = {"verdict": "fits", "rows": 5, "factors": []}
        await Runs(uow).replace_gates(run, [Gate(one.id, "held_out", True, 0.02, 0.05, "Calm.") for one in found])
        await uow.commit()
    await screen.open("/runs/verdicts", "How verdicts fared")
    fared = screen.page.get_by_test_id("fared-FITS")
    await expect(fared).to_contain_text("2 (100%)")
    await expect(screen.page.get_by_role("heading", name="said the same of 100%")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("suitability-calibration", whole=True)
