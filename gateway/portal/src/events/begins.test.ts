import { expect, test } from "vitest";
import { presetBegins } from "./begins";

const KNOWN = [
  { name: "Lens", core: true },
  { name: "Fan filter", core: false },
];

test.each([
  ["PART_REPLACED", "", true],
  ["PART_REPLACED", "lens ", true],
  ["PART_REPLACED", "fan filter", false],
  ["PART_REPLACED", "Scanner", true],
  ["RECIPE_CHANGE", "", true],
  ["MAINTENANCE", "", false],
  ["FAILURE", "", null],
  ["ABNORMAL", "", null],
] as const)("%s of “%s” begins a regime: %s", (kind, part, begins) => {
  expect(presetBegins(kind, part, KNOWN)).toBe(begins);
});
