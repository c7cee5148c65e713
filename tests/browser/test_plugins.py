"""The page of plugins: a partner's plugin enabled, told its settings, moved to another version, and disabled."""

import pytest
from playwright.async_api import expect
from pump_wheels import NAME, pump

from andon_sdk.package import make_keys
from infra import packages
from infra.local.state import State
from services.kernel.rights import Role
from services.plugins import host

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.fixture(scope="module")
def pumps(tmp_path_factory):
    """Two signed versions and an unsigned one of a plugin in the catalogue."""
    folder, before = tmp_path_factory.mktemp("pumps"), host.hosting()
    state = State(folder / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    private, public = make_keys(folder, "acme")
    packages.trust(state, public)
    for version in ("1.0.0", "1.1.0"):
        packages.add(state, pump(folder / version, version, private))
    packages.add(state, pump(folder / "1.2.0", "1.2.0"), unsigned=True)
    yield state
    host.use(before.folder)


async def test_a_plugin_is_enabled_told_its_settings_changed_and_disabled(screen, pumps):
    page = screen.page
    await screen.open("/access", "Access")
    await page.get_by_role("link", name="Plugins").click()
    row = page.get_by_test_id(f"plugin-{NAME}")
    await expect(row).to_contain_text("Not signed")
    drill = page.get_by_test_id("plugin-andon-laser-drill")
    await expect(drill).to_contain_text("Part of Andon")
    await expect(drill).to_contain_text("Laser drills")
    await expect(drill).to_contain_text("laser-drill-watch")
    await expect(page.get_by_test_id("plugin-andon-files")).to_contain_text("it works at the plant")
    await page.get_by_role("button", name=f"Enable {NAME}").click()
    await expect(row.get_by_role("alert")).to_contain_text("'site' is a required property")
    await page.get_by_role("button", name=f"Settings of {NAME}").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Site").fill("Ulm")
    await dialog.get_by_label("Token").fill("s3cret")
    await screen.shot("plugins-settings")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name=f"Settings of {NAME}").click()
    await expect(dialog.get_by_label("Site")).to_have_value("Ulm")
    await expect(dialog.get_by_label("Token")).to_have_value("")
    await expect(dialog).to_contain_text("It is set, and stays if you leave this empty.")
    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name=f"Enable {NAME}").click()
    await expect(row).to_contain_text("Yes")
    await expect(row).to_contain_text("pump-watch")
    await page.get_by_role("button", name=f"Another version of {NAME}").click()
    await screen.shot("plugins-versions")
    await page.get_by_role("button", name="Use 1.1.0").click()
    await expect(row).to_contain_text(f"{NAME} 1.1.0")
    await expect(row).to_contain_text("Signed")
    await screen.shot("plugins", whole=True)
    await page.get_by_role("button", name=f"Disable {NAME}").click()
    await page.get_by_role("button", name="Disable it").click()
    await expect(row).to_contain_text("No")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER])
async def test_others_are_told_whom_to_ask(screen, role):
    await screen.page.goto(f"{screen.url}/plugins")
    await expect(screen.page.get_by_text("Ask an admin of your tenant for the role.")).to_be_visible()
