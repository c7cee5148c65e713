import { expect, test } from "vitest";
import { placed } from "./layers";

const places = (steps: Parameters<typeof placed>[0]) =>
  placed(steps).map(({ step, column, row }) => [step.name, column, row]);

test("a step stands behind the last of those it takes from", () => {
  expect(
    places([
      { name: "load", after: [] },
      { name: "clean", after: ["load"] },
      { name: "fit", after: ["clean", "load"] },
      { name: "build", after: [] },
      { name: "metrics", after: ["fit"] },
    ]),
  ).toEqual([
    ["load", 0, 0],
    ["clean", 1, 0],
    ["fit", 2, 0],
    ["build", 0, 1],
    ["metrics", 3, 0],
  ]);
});

test("nothing is drawn of nothing", () => {
  expect(places([])).toEqual([]);
});
