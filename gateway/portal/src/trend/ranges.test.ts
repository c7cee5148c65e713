import { expect, test } from "vitest";
import { cut, DAY, fitting, pieces, spanned } from "./ranges";

test("a span ends now while rows come, and at the last row when they stopped", () => {
  expect(spanned("1h", 10_000, 10_030)).toEqual({ from: 6430, to: 10_030 });
  expect(spanned("1h", 10_000, 10_000 + DAY)).toEqual({ from: 6460, to: 10_060 });
  expect(spanned("1d", null, DAY)).toEqual({ from: 0, to: DAY });
});

test("the first span shown holds the history", () => {
  expect(fitting(null, null)).toBe("1d");
  expect(fitting(0, 1800)).toBe("1h");
  expect(fitting(0, 2 * DAY)).toBe("7d");
  expect(fitting(0, 400 * DAY)).toBe("30d");
});

test("a range longer than the gateway shows keeps its end", () => {
  expect(cut({ from: 0, to: 100 * DAY })).toEqual({ from: 69 * DAY, to: 100 * DAY });
  expect(cut({ from: 0, to: DAY })).toEqual({ from: 0, to: DAY });
});

test("routes become stretches, broken where rows are missing", () => {
  expect(pieces([0, 60, 120, 180, 1000], [0, 0, 1, 1, 2], 300)).toEqual([
    { from: 0, to: 120, route: "main" },
    { from: 120, to: 180, route: "fallback" },
    { from: 1000, to: 1000, route: "none" },
  ]);
});
