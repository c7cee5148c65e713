import { expect, test } from "vitest";
import { draftOf, inputOf, mistakes, withSignal } from "./mapping";

const PUMP = {
  id: "a1",
  key: "pump-1",
  title: "Pump 1",
  contract: {
    signals: [
      { key: "flow", title: "Flow", unit: "L/min" },
      { key: "heat", title: "Heat", unit: "degC" },
    ],
  },
} as Parameters<typeof draftOf>[0];
const FLOW = {
  signal: "flow",
  tag: "ns=2;s=F",
  unit: "m3/h",
  scale: 2,
  offset: -1,
  deadBand: 0.5,
  silenceS: 9,
  holdS: 3,
};

test("a mapping that nobody touched is sent as it was", () => {
  expect(inputOf([draftOf(PUMP, [FLOW])])).toEqual([{ assetId: "a1", signals: [FLOW] }]);
});

test("what is typed for a signal is sent, and what is emptied is not", () => {
  const typed = withSignal([draftOf(PUMP, [FLOW])], "a1", "heat", { tag: " T1 ", offset: "-273.15" });
  const heat = {
    signal: "heat",
    tag: "T1",
    unit: null,
    scale: 1,
    offset: -273.15,
    deadBand: 0,
    silenceS: 60,
    holdS: 0,
  };
  expect(inputOf(typed)).toEqual([{ assetId: "a1", signals: [FLOW, heat] }]);
  const emptied = withSignal(withSignal(typed, "a1", "heat", { tag: "" }), "a1", "flow", { tag: " " });
  expect(inputOf(emptied)).toEqual([]);
});

test("what is no number is a mistake, and so is a scale of 0", () => {
  const drafts = [draftOf(PUMP, [FLOW])];
  expect(mistakes(drafts)).toEqual(new Set());
  expect(mistakes(withSignal(drafts, "a1", "flow", { scale: "two" }))).toEqual(new Set(["a1 flow"]));
  expect(mistakes(withSignal(drafts, "a1", "heat", { scale: "0" }))).toEqual(new Set(["a1 heat"]));
});
