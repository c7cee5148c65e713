import { expect, test } from "vitest";
import { ended, stagesOf } from "./states";

const spent = (...stages: [string, number][]) =>
  stages.map(([key, value]) => ({ __typename: "Measure" as const, key, value }));

test("a run that trains has done what lies before", () => {
  const stages = stagesOf({
    state: "TRAINING",
    stages: spent(["queued", 1], ["freezing", 3], ["starting", 9], ["training", 20]),
  });
  expect(stages.map(({ state }) => state)).toEqual(["done", "done", "done", "now", "ahead"]);
  expect(stages[1]).toEqual({ stage: "FREEZING", state: "done", seconds: 3 });
});

test("a run that failed early never reached the later stages", () => {
  const stages = stagesOf({ state: "FAILED", stages: spent(["queued", 1], ["freezing", 3]) });
  expect(stages.map(({ state }) => state)).toEqual([
    "done",
    "done",
    "not reached",
    "not reached",
    "not reached",
  ]);
});

test("four states end a run", () => {
  expect(ended("STOPPED")).toBe(true);
  expect(ended("CANCELLING")).toBe(false);
});
