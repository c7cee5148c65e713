import { expect, test } from "vitest";
import { sizeOf } from "./sizes";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [1_440_000, "1.44 MB"],
  [2 ** 31, "2.15 GB"],
])("%d bytes are %s", (bytes, words) => {
  expect(sizeOf(bytes, "en-GB")).toBe(words);
});
