import { expect, test } from "vitest";
import { factsOf } from "./facts";

test("a changed object tells what differs", () => {
  expect(factsOf({ before: { role: "operator" }, after: { role: "admin" } })).toEqual([
    { name: "role", before: "operator", after: "admin" },
  ]);
});

test("a new object tells what it has, and nothing of what it has not", () => {
  expect(factsOf({ before: null, after: { name: "Kim", labels: { hall: "7" }, part: null } })).toEqual([
    { name: "labels", before: null, after: '{"hall":"7"}' },
    { name: "name", before: null, after: "Kim" },
  ]);
});

test("a removed object tells what it had", () => {
  expect(factsOf({ before: { name: "Kim" }, after: null })).toEqual([
    { name: "name", before: "Kim", after: null },
  ]);
});

test("a changed secret is told although it cannot be shown", () => {
  expect(factsOf({ before: { secret: "•••" }, after: { secret: "•••" } })).toEqual([
    { name: "secret", before: "•••", after: "•••" },
  ]);
});
