"""What changed between blueprint versions: on the page of a run, and beside champion and challenger."""

from dataclasses import replace

import pytest
from ended_run import ended_run
from playwright.async_api import expect

from andon_sdk.plugin import PATIENCE
from gateway.relay import global_id
from services.assets import api as assets
from services.blueprints import api as blueprints
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.declaration import declaration
from services.serving import api as serving

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


def upgraded(offered: OfferedBlueprint) -> OfferedBlueprint:
    """As the plugin's next release may declare it."""
    before = offered.blueprint
    after = replace(
        before, version="2", epochs=replace(before.parameters[0], default=60), patience=PATIENCE,
        threshold=replace(before.threshold, quantile=0.995),
    )  # fmt: skip
    contract = next(each for each in blueprints.offered_contracts() if each.key == before.contract)
    plugin = replace(offered.plugin, version="0.2.0", digest="b" * 64)
    return OfferedBlueprint(plugin, after, declaration(after, contract))


@pytest.fixture(scope="module")
async def runs(platform, tenant, principal, plant) -> list[str]:
    """Of drill 1: a run whose version answers, and one by the upgraded blueprint whose version waits. Of drill 2: two
    by the first. A third version, of the same number as the second, is known too."""
    offered = blueprints.everything().blueprints["laser-drill-watch"]
    made = []
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        first = await blueprints.record_version(uow, principal, offered)
        newer = upgraded(offered)
        second = await blueprints.record_version(uow, principal, newer)
        fixed = replace(newer, plugin=replace(newer.plugin, version="0.2.1", digest="c" * 64))
        await blueprints.record_version(uow, principal, fixed)
        for key, challenger in (("drill-1", second), ("drill-2", first)):
            for number, declared in enumerate((first, challenger)):
                made.append(await ended_run(uow, principal, [found[key]], number, declared))
                if number == 0:
                    await serving.promote_run(uow, principal, made[-1])
        await uow.commit()
    return [global_id("Run", id) for id in made]


async def test_a_run_tells_what_its_blueprint_changed(screen, runs):
    await screen.open(f"/runs/{runs[1]}", "Run of b")
    panel = screen.page.get_by_role("region", name="Blueprint laser-drill-watch 1 → 2: what changed")
    rows = panel.get_by_role("table", name="What changed").get_by_role("row")
    await expect(rows).to_have_text([
        "WhatBeforeAfter",
        "Epochs: default10060",
        "Epochs without improvement before an asset endsnot there10, whole numbers 0 to 1000, for single assets too",
        "Threshold: calibration rows below it, before the factor99 %99.5 %",
        "Pluginandon-laser-drill 0.1.0andon-laser-drill 0.2.0",
        f"Files of the plugin{blueprints.everything().blueprints['laser-drill-watch'].plugin.digest[:12]}{'b' * 12}",
    ])  # fmt: skip
    assert await screen.axe() == []
    await screen.shot("run-blueprint", whole=True)
    await screen.page.set_viewport_size(PHONE)
    assert await screen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await screen.shot("run-blueprint-phone", whole=True)


async def test_the_first_version_has_nothing_before_it(screen, runs):
    await screen.open(f"/runs/{runs[0]}", "Run of b")
    panel = screen.page.get_by_role("region", name="Blueprint laser-drill-watch 1", exact=True)
    await expect(panel).to_contain_text("The first version that a run used here")
    await screen.shot("run-blueprint-first", whole=True)


async def test_another_version_is_chosen(screen, runs):
    await screen.open(f"/runs/{runs[1]}", "Run of b")
    panels = screen.page.get_by_role("region", name="what changed")
    await panels.get_by_role("button", name="Compared with").click()
    await screen.page.get_by_role("option", name="2 · andon-laser-drill 0.2.1").click()
    panel = screen.page.get_by_role("region", name="Blueprint laser-drill-watch 2 → 2: what changed")
    await expect(panel.get_by_role("row")).to_have_text([
        "WhatBeforeAfter", "Pluginandon-laser-drill 0.2.1andon-laser-drill 0.2.0",
        f"Files of the plugin{'c' * 12}{'b' * 12}",
    ])  # fmt: skip
    await expect(panel).to_contain_text("Both have the number 2: the plugin changed")
    await screen.shot("run-blueprint-chosen", whole=True)


async def test_champion_and_challenger_are_compared(screen, runs):
    await screen.open("/assets/drill-1/retrain?step=watch", "Retrain Drill 1")
    panel = screen.page.get_by_role("region", name="Blueprint laser-drill-watch 1 → 2: what changed")
    await expect(panel).to_contain_text("From the champion to its challenger.")
    await expect(panel.get_by_role("row")).to_have_count(6)
    await screen.shot("watch-blueprint", whole=True)
    await screen.page.set_viewport_size(PHONE)
    await screen.shot("watch-blueprint-phone", whole=True)


async def test_nothing_changed_is_said(screen, runs):
    await screen.open("/assets/drill-2/retrain?step=watch", "Retrain Drill 2")
    panel = screen.page.get_by_role("region", name="Blueprint laser-drill-watch 1: what changed")
    await expect(panel).to_contain_text("Nothing changed")
    await expect(panel.get_by_role("table")).to_have_count(0)
    await screen.shot("watch-blueprint-same", whole=True)
