import { expect, test } from "vitest";
import { fits, formatOf } from "./files";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ["old.csv", "CSV"],
  ["Old.CSV.gz", "CSV"],
  ["old.parquet", "PARQUET"],
  ["old.arrow", "ARROW"],
  ["old.feather", "ARROW"],
  ["old.xlsx", null],
  ["old.gz", null],
  ["csv", null],
] as const)("%s is %s", (name, format) => {
  expect(formatOf(name)).toBe(format);
});

test.each([
  ["CSV", "asset,", true],
  ["CSV", "\x1f\x8b\x08", true],
  ["CSV", "PAR1", false],
  ["CSV", "ARROW1", false],
  ["PARQUET", "PAR1", true],
  ["PARQUET", "asset,", false],
  ["ARROW", "ARROW1", true],
  ["ARROW", "\xff\xff\xff\xff", true],
  ["ARROW", "PAR1", false],
  ["ARROW", "\x1f\x8b\x08", false],
] as const)("%s that begins with %j fits: %s", (format, head, expected) => {
  expect(fits(format, bytes(head))).toBe(expected);
});
