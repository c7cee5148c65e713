import { expect, test } from "vitest";
import { given, isFlag, numberOf, type Parameter } from "./given";

const EPOCHS: Parameter = {
  ...{ key: "epochs", title: "Epochs", help: "", default: 60, low: 1, high: 200, whole: true },
};
const SPREAD: Parameter = { ...EPOCHS, key: "spread", default: 1, low: 0.5, high: 4, whole: false };
const ROBUST: Parameter = { ...EPOCHS, key: "robust", default: 1, low: 0, high: 1 };

test("a number is taken inside its range, whole where it must be", () => {
  expect(["60", " 1 ", "0", "201", "1.5", "", "x"].map((text) => numberOf(EPOCHS, text))).toEqual([
    60,
    1,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(["0.5", "0,75", "4.1"].map((text) => numberOf(SPREAD, text))).toEqual([0.5, 0.75, null]);
});

test("what was not touched or is the default is not sent", () => {
  const all = [EPOCHS, SPREAD, ROBUST];
  expect(given(all, {})).toEqual([]);
  expect(given(all, { epochs: "60", spread: "2", robust: "0" })).toEqual([
    { key: "spread", value: 2 },
    { key: "robust", value: 0 },
  ]);
  expect(given(all, { epochs: "0" })).toBeNull();
});

test("0 or 1 is yes or no", () => {
  expect([EPOCHS, SPREAD, ROBUST].map(isFlag)).toEqual([false, false, true]);
});
