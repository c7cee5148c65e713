import { expect, test } from "vitest";
import { behind, countsOf, sharesOf, stepsOf, sum, totalOf } from "./states";

const cohorts = [
  { counts: [{ state: "PROMOTED" as const, assets: 1 }] },
  {
    counts: [
      { state: "PROMOTED" as const, assets: 7 },
      { state: "QUARANTINED" as const, assets: 2 },
    ],
  },
];

test("cohorts are counted together", () => {
  const total = totalOf(cohorts);
  expect([...total]).toEqual([
    ["PROMOTED", 8],
    ["QUARANTINED", 2],
  ]);
  expect(sum(total)).toBe(10);
  expect(countsOf({ counts: [] }).size).toBe(0);
});

test("a rollout that is over can only be rolled back, and once", () => {
  expect(stepsOf("PAUSED")).toEqual(["resume", "cancel", "rollBack"]);
  expect(stepsOf("DONE")).toEqual(["rollBack"]);
  expect(stepsOf("ROLLED_BACK")).toEqual([]);
});

test("the present cohort is not behind it before it is done", () => {
  expect(behind({ state: "PAUSED", cohort: 2, cohortCount: 4 })).toBe(0.25);
  expect(behind({ state: "DONE", cohort: 4, cohortCount: 4 })).toBe(1);
});

test("shares are written in percent", () => {
  expect(sharesOf("1, 10, 100")).toEqual([0.01, 0.1, 1]);
  expect(sharesOf("5% 100%")).toEqual([0.05, 1]);
  expect(sharesOf("all, 100")).toBeNull();
  expect(sharesOf("50, 10, 100")).toBeNull();
  expect(sharesOf("0, 100")).toBeNull();
  expect(sharesOf("1, 10")).toBeNull();
  expect(sharesOf("  ")).toBeNull();
});
