import { expect, test } from "vitest";
import { written } from "./units";

test("units are written as people do, and unknown ones as they came", () => {
  expect(["degC", "um", "m3/h", "mm/s", "1"].map(written)).toEqual(["°C", "µm", "m³/h", "mm/s", ""]);
});
