import { expect, test } from "vitest";
import { Counter } from "./handsOn";

const NOON = Date.parse("2026-03-01T12:00:00Z");
const after = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

function work(counter: Counter, assetId: string, from: number, seconds: number, touching = true) {
  for (let second = 0; second < seconds; second++) {
    const now = NOON + (from + second) * 1000;
    if (touching) counter.touch(now);
    counter.tick(assetId, now);
  }
}

test("seconds of work are counted by machine and minute", () => {
  const counter = new Counter();
  work(counter, "a", 50, 20);
  work(counter, "b", 70, 5);
  expect(counter.take(NOON + 80_000)).toEqual([
    { assetId: "a", at: after(50), seconds: 10 },
    { assetId: "a", at: after(60), seconds: 10 },
    { assetId: "b", at: after(70), seconds: 5 },
  ]);
  expect(counter.take(NOON + 80_000)).toEqual([]);
});

test("a page that nobody touches counts for 30 seconds more", () => {
  const counter = new Counter();
  work(counter, "a", 0, 60, false);
  expect(counter.take(NOON)).toEqual([]);
  counter.touch(NOON);
  work(counter, "a", 0, 60, false);
  expect(counter.take(NOON)).toEqual([{ assetId: "a", at: after(0), seconds: 31 }]);
});

test("a report holds what the gateway takes, and what is a day old is let go", () => {
  const counter = new Counter();
  for (let number = 0; number < 120; number++) work(counter, "a", number * 60, 1);
  expect(counter.take(NOON + 120 * 60_000)).toHaveLength(100);
  expect(counter.take(NOON + 120 * 60_000)).toHaveLength(20);
  work(counter, "a", 0, 1);
  expect(counter.take(NOON + 24 * 3_600_000)).toEqual([]);
});
