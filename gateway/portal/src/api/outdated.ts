const KEY = "andon.loadedAnew";
type Browser = {
  sessionStorage: Pick<Storage, "getItem" | "setItem">;
  location: Pick<Location, "reload">;
};
const NOT_AGAIN_MS = 60_000;

/**
 * Loads the page anew, because the gateway no longer knows what it asks: it was updated while the page stood open, as
 * those on a wall do for months. Not twice within a minute: a gateway that never knew would make it load for ever.
 */
export function loadAnew(now = Date.now(), browser: Browser = window): void {
  const before = Number(browser.sessionStorage.getItem(KEY) ?? 0);
  if (now - before < NOT_AGAIN_MS) return;
  browser.sessionStorage.setItem(KEY, String(now));
  browser.location.reload();
}
