"""Whether the fleet page scrolls like a page on which nothing has to be fetched.

    python tests/bench/scrolling.py

Chromium scrolls the portal's list of 10,000 assets, from a real gateway and Postgres on the same cores, and a bare page
of as many rows of text that are all there: a row and a half a frame, some ninety rows a second. Measured is the time
between frames: half of them, and the slowest of a hundred.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from fleets import site
from gateway_client import open_session
from harness import Row, alternate, write
from playwright.async_api import Page, async_playwright
from screen import CHROMIUM

from gateway.auth import COOKIE
from services.kernel.rights import Role

ASSETS, FRAMES, STEP_PX = 10_000, 400, 66
SCROLL = """async ([selector, frames, step]) => {
  const list = document.querySelector(selector), times = [];
  list.scrollTop = 0;
  await new Promise(done => {
    const frame = time => {
      times.push(time);
      if (times.length > frames) return done();
      list.scrollTop += step;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return [times.slice(1).map((time, i) => time - times[i]), list.scrollTop];
}"""
BARE = """<!doctype html><style>main { height: 800px; overflow: auto } div { height: 44px; contain: strict }</style>
<main>%s</main>"""


@asynccontextmanager
async def served(app: object) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))  # type: ignore[arg-type]
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


def frames(page: Page, selector: str, share: float, first: str) -> Callable[[], Awaitable[float]]:
    """Milliseconds between frames that this share of them does not exceed, on a page that was just loaded."""

    async def work() -> float:
        await page.bring_to_front()  # a page behind another is given a frame a second
        await page.reload()
        await page.get_by_text(first, exact=True).wait_for()
        times, reached = await page.evaluate(SCROLL, [selector, FRAMES, STEP_PX])
        assert reached >= 0.9 * FRAMES * STEP_PX, f"the list ended at {reached} px"
        return sorted(times)[round(share * (len(times) - 1))]

    return work


async def main() -> None:
    async with site([ASSETS]) as place, served(place.app) as address, async_playwright() as playwright:
        token, _ = await open_session(place.platform, place.tenants[ASSETS], Role.ADMIN)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        await context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        portal, bare = await context.new_page(), await context.new_page()
        await portal.goto(address)
        bare_rows = "".join(f"<div>Stamping press {number}</div>" for number in range(ASSETS))
        await bare.route("**", lambda route: route.fulfill(body=BARE % bare_rows, content_type="text/html"))
        await bare.goto(address)
        rows = list[Row]()
        for name, share in (("half", 0.5), ("slowest_of_100", 0.99)):
            ours = frames(portal, "section[aria-label='Assets, scrolled']", share, "Forging press 0")
            theirs = frames(bare, "main", share, "Stamping press 0")
            rows.append(await alternate(f"scroll_frame_{name}", "ms", ours, "a page with all rows there", theirs))
        await browser.close()
    print(write("scrolling", rows))


if __name__ == "__main__":
    asyncio.run(main())
