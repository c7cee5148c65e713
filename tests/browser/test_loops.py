"""The loop ledger on the screen: empty, with a bottleneck in words, and what open loops wait for."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from services.assets import api as assets
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.ledger import api as ledger
from services.ledger.model import FactKind
from services.training.contracts import RunState
from services.training.tables import RunAssetRow, RunRow

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]


@pytest.fixture
def role() -> Role:
    return Role.OPERATOR


async def test_the_ledger_is_empty_first(screen):
    await screen.open("/", "Fleet")
    await screen.page.get_by_role("navigation").get_by_role("link", name="Loop", exact=True).click()
    await expect(screen.page.get_by_role("heading", name="No loop has closed yet")).to_be_visible()
    await expect(screen.page.get_by_role("heading", name="No loop is open")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("loops-empty", whole=True)


async def test_the_bottleneck_is_named_and_open_loops_say_what_comes_next(screen, platform, tenant, principal):
    now, day, page = utc_now(), timedelta(days=1), screen.page
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        first, second = found["drill-1"].id, found["drill-2"].id
        for asset, days in ((first, 60), (second, 3)):
            replaced = NewEvent(asset, EventKind.PART_REPLACED, now - days * day, part="Lens")
            await events.record_event(uow, principal, replaced)
        run = RunRow(
            tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=found["drill-1"].contract_id,
            contract_version=1, start=now - 60 * day, end=now - 50 * day, parameters={}, seed=0, asset_count=1,
            state=RunState.SUCCEEDED.value, created_by="Ada", created_at=now - 50 * day, ended_at=now - 49 * day,
        )  # fmt: skip
        uow.session.add(run)
        await uow.session.flush()
        version = new_id()
        made = {"run_id": run.id, "asset_id": first, "version_id": version}
        uow.session.add(RunAssetRow(tenant_id=tenant.id, **made, position=0, active=False))
        await uow.session.flush()
        told = [1, now - 40 * day, FactKind.PROMOTED, [first], [version]]
        await ledger.note_news(uow, system_principal(tenant.id), *told)
        await ledger.follow(uow, system_principal(tenant.id), [second])
        await uow.commit()
    await screen.open("/loops", "Loop")
    await expect(page.get_by_test_id("bottleneck")).to_have_text(
        "The bottleneck is Observe, from the change until it was noticed: it took 50% of the time."
    )
    await expect(page.get_by_test_id("success")).to_contain_text("Success rate 100%: 1 of 1")
    await expect(page.get_by_test_id("stage-ACT")).to_contain_text("9")
    ended = page.get_by_role("table", name="Ended loops")
    await expect(ended.get_by_test_id("loop-drill-1")).to_contain_text("Champion live")
    waiting = page.get_by_role("table", name="Open loops").get_by_test_id("loop-drill-2")
    await expect(waiting).to_contain_text("Orient")
    await expect(waiting.get_by_role("link", name="Choose dates and train")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("loops", whole=True)

    await page.get_by_role("link", name="Choose dates and train").click()
    await expect(page.get_by_role("heading", name="Retrain")).to_be_visible()
    for place in range(6):  # somebody works on this machine for some seconds
        await page.mouse.move(300 + place, 300)
        await page.wait_for_timeout(500)
    async with page.expect_response(lambda answer: "spells" in (answer.request.post_data or "")):
        await page.go_back()
    await page.reload()
    await expect(waiting).to_contain_text(re.compile(r"Hands-on [1-4] sec"))

    await page.get_by_label("Asset", exact=True).fill("drill-2")
    await expect(page.get_by_role("heading", name="No loop has closed yet")).to_be_visible()
    await expect(page.get_by_test_id("loop-drill-1")).to_have_count(0)
    await expect(page.get_by_test_id("loop-drill-2")).to_be_visible()
    await page.get_by_label("Asset", exact=True).fill("no such")
    await expect(page.get_by_role("heading", name="No asset has this key or title")).to_be_visible()
    assert screen.complaints == []
