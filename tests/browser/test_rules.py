"""Rules on the screen: added from the form, followed machine by machine, and seen on a machine's own page."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from services.assets import api as assets
from services.bindings import jobs
from services.bindings.contracts import BindingState
from services.bindings.repository import Bindings, Change
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api as serving

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

PHONE = {"width": 390, "height": 844}


async def test_a_rule_is_added_and_its_machines_followed(screen, platform, tenant, principal):
    page = screen.page
    await screen.open("/rules", "Rules")
    await expect(page.get_by_role("heading", name="No rule yet")).to_be_visible()
    await screen.shot("rules-empty")
    await page.get_by_role("link", name="Add a rule").click()
    labels = page.get_by_role("textbox", name="Labels of the machines")
    await labels.fill("line ~ 3")
    await expect(page.get_by_role("status").filter(has_text="label")).to_be_visible()
    await labels.fill("!retired")
    await page.get_by_role("button", name="Blueprint").click()
    await page.get_by_role("option", name="Any machine").first.click()
    await expect(page.get_by_role("status").first).to_contain_text("2 assets match: Drill 1, Drill 2")
    await screen.shot("rule-form")
    await page.set_viewport_size(PHONE)
    await screen.shot("rule-form-phone", whole=True)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name="Add the rule").click()
    await expect(page.get_by_role("button", name="Remove the rule")).to_be_visible()
    await jobs.match(platform.platform, tenant.id, {})
    await borrowed(platform, tenant, principal)
    lines = page.get_by_role("table", name="Assets of the rule")
    await expect(lines.get_by_role("row")).to_have_count(3)
    await expect(page.get_by_test_id("bound-drill-1")).to_contain_text("Borrowed model")
    await expect(page.get_by_test_id("bound-drill-2")).to_contain_text("Waiting for rows")
    await expect(page.get_by_role("region", name="Where its machines stand")).to_contain_text("1 Borrowed model")
    assert await screen.axe() == []
    await screen.shot("rule")
    await page.set_viewport_size(PHONE)
    await screen.shot("rule-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.set_viewport_size({"width": 1440, "height": 900})

    await screen.open("/assets/drill-1", "Drill 1")
    await expect(page.get_by_text("The model that answers is borrowed from Drill 2")).to_be_visible()
    await expect(page.get_by_text("60 of 250 rows have come; then it gets its own.")).to_be_visible()
    await screen.shot("borrowed")
    await page.get_by_role("link", name="The rule").click()
    await page.get_by_role("button", name="Remove the rule").click()
    await screen.shot("rule-asks")
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove the rule").click()
    await expect(page.get_by_role("heading", name="No rule yet")).to_be_visible()


async def borrowed(platform, tenant, principal) -> None:
    """Drill 1 borrowed the model of drill 2."""
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        drill, other = found["drill-1"], found["drill-2"]
        lineage = Lineage(new_id(), "s", "b", "1", "p", "x", drill.contract_id, 1, {}, 0, borrowed_from=other.id)
        [version] = await registry.register(uow, principal, [NewVersion(drill.id, "d" * 64, 0, lineage, {})])
        await serving.promote(uow, principal, drill.id, version.id)
        store = Bindings(uow)
        [row] = await store.of_assets([drill.id])
        message = "The model of Drill 2 answers, adapted to its first 40 rows."
        await store.write(
            [replace(Change.of(row), state=BindingState.BORROWED, rows=60, version_id=version.id, message=message)]
        )
        await uow.commit()


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_an_operator_sees_rules_and_adds_none(screen):
    await screen.open("/rules", "Rules")
    await expect(screen.page.get_by_role("heading", name="No rule yet")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Add a rule")).to_have_count(0)


async def test_a_rule_that_is_not_there_is_said_so(screen):
    await screen.page.goto(f"{screen.url}/rules/nothing")
    await expect(screen.page.get_by_role("heading", name="There is no such rule here")).to_be_visible()
