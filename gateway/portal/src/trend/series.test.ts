import { describe, expect, test } from "vitest";
import { align, factsOf, gapLimit, nearest, thinned, withGaps } from "./series";

describe("withGaps", () => {
  test("puts a null between rows that are too far apart, and nowhere else", () => {
    expect(withGaps({ t: [0, 60, 600, 660], v: [1, 2, 3, 4] }, 300)).toEqual({
      t: [0, 60, 330, 600, 660],
      v: [1, 2, null, 3, 4],
    });
  });

  test("a decimated trend has gaps only above five pixels", () => {
    expect(gapLimit(60, 3600, 1200)).toBe(300);
    expect(gapLimit(60, 30 * 86_400, 1000)).toBe(12_960);
  });
});

test("align makes one axis of time: absent is undefined, missing is null", () => {
  const [times, first, second] = align([
    { t: [1, 3], v: [10, null] },
    { t: [2, 3], v: [20, 30] },
  ]);
  expect(times).toEqual([1, 2, 3]);
  expect(first).toEqual([10, undefined, null]);
  expect(second).toEqual([undefined, 20, 30]);
});

test("nearest finds the closest time", () => {
  expect(nearest([], 5)).toBe(-1);
  expect(nearest([0, 10, 20], -3)).toBe(0);
  expect(nearest([0, 10, 20], 14)).toBe(1);
  expect(nearest([0, 10, 20], 16)).toBe(2);
  expect(nearest([0, 10, 20], 99)).toBe(2);
});

describe("factsOf", () => {
  test("names the ends and the extremes with their times", () => {
    expect(factsOf({ t: [1, 2, 3, 4], v: [5, 2, null, 9] })).toEqual({
      first: 5,
      last: 9,
      low: 2,
      lowAt: 2,
      high: 9,
      highAt: 4,
      points: 3,
      missing: 1,
    });
  });

  test("is null when there is no value", () => {
    expect(factsOf({ t: [1], v: [null] })).toBeNull();
  });
});

test("thinned keeps the first and last row", () => {
  const t = Array.from({ length: 1000 }, (_, row) => row);
  const thin = thinned({ t, v: t }, 5);
  expect(thin.t).toEqual([0, 250, 500, 749, 999]);
  expect(thinned({ t: [1, 2], v: [3, 4] }, 5)).toEqual({ t: [1, 2], v: [3, 4] });
});

test("rows that come every five minutes are no gaps of a contract of one a second", () => {
  expect(gapLimit(1, 3600, 1000)).toBe(18);
  expect(gapLimit(1, 3600, 1000, [0, 300, 600, 4200])).toBe(1500);
});
