"""A page of the portal in Debian's Chromium, as the tests of a screen and of the whole way use it."""

import os
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from infra.settings import REPOSITORY

AXE = REPOSITORY / "gateway" / "portal" / "node_modules" / "axe-core" / "axe.min.js"
PICTURE_QUALITY = 70
CHROMIUM = os.environ.get("ANDON_CHROMIUM", "/usr/bin/chromium")


@dataclass
class Screen:
    """A page of the portal that remembers what went wrong in it."""

    page: Page
    url: str
    shots: Path
    """Folder of its screenshots."""
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str, heading: str) -> None:
        """Goes to the address and waits for the screen's heading."""
        await self.page.goto(self.url + path)
        await self.page.get_by_role("heading", name=heading, level=1).wait_for()

    async def axe(self) -> list[str]:
        """Violations of WCAG 2.1 A and AA, one line each."""
        await self.page.evaluate(AXE.read_text())
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = await self.page.evaluate("rules => axe.run(document, rules)", rules)
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

    async def shot(self, name: str, *, whole: bool = False) -> None:
        """Keeps what the window shows, or the whole page, with every chart of it drawn."""
        self.shots.mkdir(parents=True, exist_ok=True)
        before = self.page.viewport_size
        if whole and before:
            height = await self.page.evaluate("document.documentElement.scrollHeight")
            await self.page.set_viewport_size({"width": before["width"], "height": height})
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0, timeout=20_000)
        await self.page.screenshot(path=self.shots / f"{name}.png")
        if whole and before:
            await self.page.set_viewport_size(before)

    async def picture(self, name: str) -> None:
        """Keeps what the window shows as a small file for the documentation, beside its shot."""
        await self.shot(name)
        chromium = await self.page.context.new_cdp_session(self.page)
        asked = {"format": "webp", "quality": PICTURE_QUALITY}
        taken = await chromium.send("Page.captureScreenshot", asked)
        await chromium.detach()
        (self.shots / f"{name}.webp").write_bytes(b64decode(taken["data"]))

    def listen(self) -> "Screen":
        """From now on a script error, a breach of the content policy or a foreign request is a complaint."""

        def request(sent: Any) -> None:
            if not sent.url.startswith((self.url, "data:", "blob:")):
                self.complaints.append(f"foreign request: {sent.url}")

        def console(message: Any) -> None:
            if message.type == "error":
                self.complaints.append(message.text)

        self.page.on("request", request)
        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self
