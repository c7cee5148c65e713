import { expect, test } from "vitest";
import { over, pageOf, STATES } from "./states";

test("three states are the end", () => {
  expect(STATES.filter(over)).toEqual(["SUCCEEDED", "FAILED", "CANCELLED"]);
});

test("runs and rollouts have pages of their own", () => {
  const id = "a/=";
  expect(pageOf({ id, jobKind: "RUN" })).toBe("/runs/a%2F%3D");
  expect(pageOf({ id, jobKind: "ROLLOUT" })).toBe("/rollouts/a%2F%3D");
  expect(pageOf({ id, jobKind: "IMPORT" })).toBe("/jobs/a%2F%3D");
  expect(pageOf({ id, jobKind: "EXPORT" })).toBe("/jobs/a%2F%3D");
});
