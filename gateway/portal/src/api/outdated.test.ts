import { expect, test, vi } from "vitest";
import { loadAnew } from "./outdated";

test("a page that is too old loads itself anew, but not for ever", () => {
  const kept = new Map<string, string>();
  const reload = vi.fn();
  const browser = {
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    },
    location: { reload },
  };
  for (const [now, times] of [
    [1_000_000, 1],
    [1_000_500, 1],
    [1_059_999, 1],
    [1_060_000, 2],
  ] as const) {
    loadAnew(now, browser);
    expect(reload).toHaveBeenCalledTimes(times);
  }
});
