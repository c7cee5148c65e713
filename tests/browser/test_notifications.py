"""Notifications on the screen: a server is set, a subscription is made, tried, paused and deleted."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from mail_receiver import mail_receiver
from playwright.async_api import expect

from services.kernel.outward import Outward
from services.kernel.reach import Reach
from services.kernel.rights import Role
from services.notifications import api as notifications
from services.notifications.contracts import MailSecurity, NewMailServer
from services.notifications.sender import Sender

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
REACH = Reach.of("127.0.0.0/8")


async def look(platform, tenant) -> None:
    """The consumer looks once."""

    async def resolve(host: str, port: int) -> list[str]:
        return [host]

    opened = replace(platform.platform, reach=REACH)
    with ThreadPoolExecutor(1) as threads:
        await Sender(opened, tenant.id, Outward(REACH, resolve, ssl.create_default_context())).look(threads)


async def test_a_subscription_is_made_tried_paused_and_deleted(screen, platform, tenant, principal):
    page = screen.page
    await screen.open("/notifications", "Notifications")
    await expect(page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("notifications-empty")

    await page.get_by_role("button", name="Set the mail server").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox", name="Host").fill("127.0.0.1")
    await form.get_by_role("textbox", name="Mail comes from").fill("andon@acme.example")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("127.0.0.1 is no public address")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("notifications-server")
    await form.get_by_role("textbox", name="Host").fill("smtp.acme.example")
    await form.get_by_role("textbox", name="User name").fill("andon")
    await form.get_by_label("Password").fill("a secret")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("smtp.acme.example:587, STARTTLS, andon")).to_be_visible()
    assert "a secret" not in await page.content()

    await page.get_by_role("button", name="Add a subscription").click()
    await form.get_by_role("textbox", name="Name", exact=True).fill("Night shift")
    await form.get_by_role("textbox", name="Mail addresses").fill("ana@acme.example, bo")
    await form.get_by_role("textbox", name="Quiet from").fill("22:00")
    await form.get_by_role("textbox", name="Quiet until").fill("06:00")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("“bo” is no address that mail could go to.")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("notifications-form", whole=True)
    await form.get_by_role("textbox", name="Mail addresses").fill("ana@acme.example")
    await form.get_by_role("button", name="Save").click()
    shown = page.get_by_role("region", name="Night shift")
    await expect(shown).to_contain_text("Quiet from 22:00 until 06:00")

    async with mail_receiver() as receiver, platform.unit(tenant) as uow:
        receiver.answer = "554 5.7.1 Not from here"
        server = NewMailServer("127.0.0.1", receiver.port, MailSecurity.NONE, "andon@acme.example")
        await notifications.set_server(uow, principal, platform.platform.ground, REACH, server)
        await uow.commit()
        for told in ("The server answered 554 5.7.1 Not from here", "Sent"):
            await page.get_by_role("button", name="Send a test message").click()
            await expect(shown.get_by_text("Waiting")).to_be_visible()
            await look(platform, tenant)
            await expect(shown.get_by_role("row").nth(1)).to_contain_text(told, timeout=20_000)
            receiver.answer = "250 Taken"
        assert [str(letter["To"]) for letter in receiver.letters] == ["ana@acme.example"]
    await screen.shot("notifications", whole=True)
    assert await screen.axe() == []
    await page.set_viewport_size(PHONE)
    await screen.shot("notifications-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await shown.get_by_role("button", name="Pause").click()
    await expect(shown).to_contain_text("Paused")
    await shown.get_by_role("button", name="Delete").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_the_page_is_for_admins(screen):
    await screen.page.goto(f"{screen.url}/notifications")
    await expect(screen.page.get_by_role("heading", name="This page is for admins")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Notifications")).to_have_count(0)
