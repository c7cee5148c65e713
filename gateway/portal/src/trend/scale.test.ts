import { describe, expect, test } from "vitest";
import { bandsOf, evenTop, placed, ticks, valueAt } from "./scale";

const FAR = bandsOf(1, 40);

test("an axis is even until a score is three times the limit", () => {
  expect(bandsOf(1, 3)).toBeNull();
  expect(evenTop(1, 0.4)).toBe(1.5);
  expect(ticks(1, evenTop(1, 0.4), null)).toEqual([0, 0.5, 1, 1.5]);
  expect(ticks(1, evenTop(1, 2.8), null)).toEqual([0, 1, 2, 3]);
  expect(placed(2.5, null)).toBe(2.5);
});

describe("an axis that reaches far", () => {
  const whole = placed(44, FAR);
  const share = (value: number) => placed(value, FAR) / whole;

  test("gives three fifths of its height to scores up to twice the limit", () => {
    expect(FAR?.top).toBeCloseTo(44);
    expect(share(2)).toBeCloseTo(0.6);
    expect(share(1)).toBeCloseTo(0.3);
    expect(share(0.5)).toBeCloseTo(0.15);
    expect(share(44)).toBeCloseTo(1);
  });

  test("keeps the order of scores, and can be read back", () => {
    const scores = [0, 0.2, 1, 1.9, 2, 2.1, 5, 10, 40, 44];
    const places = scores.map((score) => placed(score, FAR));
    expect(places.toSorted((a, b) => a - b)).toEqual(places);
    for (const score of scores) expect(valueAt(placed(score, FAR), FAR)).toBeCloseTo(score);
  });

  test("is labelled at the ground, the limit, the knee, and as often above as there is room", () => {
    expect(ticks(1, 44, FAR)).toEqual([0, 1, 2, 10, 30]);
    expect(ticks(1, 3.41, bandsOf(1, 3.1))).toEqual([0, 1, 2, 3]);
    expect(ticks(1, 1.1e6, bandsOf(1, 1e6))).toEqual([0, 1, 2, 100, 10_000, 1_000_000]);
  });
});
