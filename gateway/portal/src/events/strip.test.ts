import { expect, test } from "vitest";
import type { EventFactsFragment, RegimeFactsFragment } from "../api/generated/graphql";
import { labelsIn, regimesIn } from "./strip";

const RANGE = {
  from: Date.parse("2026-03-01T00:00:00Z") / 1000,
  to: Date.parse("2026-03-05T00:00:00Z") / 1000,
};

const regime = (start: string | null, end: string | null) => ({ start, end }) as RegimeFactsFragment;
const label = (time: string, end: string, retractedAt: string | null = null) =>
  ({ kind: "ABNORMAL", time, end, retractedAt }) as EventFactsFragment;

test("regimes are cut to what is shown", () => {
  const [before, old, present] = [
    regime(null, "2026-02-01T00:00:00Z"),
    regime("2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z"),
    regime("2026-03-02T00:00:00Z", null),
  ];
  expect(regimesIn([before, old, present], RANGE)).toEqual([
    { left: 0, width: 0.25, of: old },
    { left: 0.25, width: 0.75, of: present },
  ]);
});

test("one regime since ever fills the strip", () => {
  expect(regimesIn([regime(null, null)], RANGE)).toMatchObject([{ left: 0, width: 1 }]);
});

test("labels that were retracted or lie elsewhere are not shown", () => {
  const shown = label("2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
  const others = [
    label("2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z"),
    label("2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"),
  ];
  expect(labelsIn([shown, ...others], RANGE)).toEqual([{ left: 0.5, width: 0.25, of: shown }]);
});
