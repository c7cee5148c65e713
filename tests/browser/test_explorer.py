"""The API explorer: GraphiQL from our own bundle, with examples that answer."""

import pytest
from playwright.async_api import expect

from services.kernel.rights import Role

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

OF_GRAPHIQL = {"color-contrast", "link-in-text-block", "nested-interactive"}
"""Its line numbers and links are faint, and its tabs hold their close buttons."""


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_an_example_is_asked_and_completed_from_the_schema(screen, colours):
    await screen.open("/", "Fleet")
    await screen.page.get_by_role("button", name="Account of Admin").click()
    await screen.page.get_by_role("link", name="API explorer").click()
    await expect(screen.page.get_by_role("heading", name="API explorer", level=1)).to_be_visible()
    await expect(screen.page.get_by_label("Operation Editor")).to_contain_text("healthCounts", timeout=20_000)
    answer = screen.page.get_by_label("Result Window")
    await screen.page.get_by_role("button", name="Execute query (Ctrl-Enter)").click()
    await expect(answer).to_contain_text("healthCounts", timeout=20_000)
    await screen.page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(screen.page.locator(".graphiql-plugin")).to_contain_text("Mutation")
    await screen.shot(f"explorer-{colours}")
    assert {each.partition(":")[0] for each in await screen.axe()} <= OF_GRAPHIQL


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_who_asks_nothing_of_their_own_is_told_so(screen, role):
    await screen.open("/explorer", "API explorer")
    await expect(screen.page.get_by_role("main")).to_contain_text("Your role asks no GraphQL of its own")
    await screen.page.get_by_role("button", name="Account of Operator").click()
    await expect(screen.page.get_by_role("link", name="Your sessions")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="API explorer")).to_have_count(0)
