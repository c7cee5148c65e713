import { expect, test } from "vitest";
import { stepped } from "./keys";

const key = (name: string, shiftKey = false) => ({ key: name, shiftKey });

test("arrows move by one, with Shift by ten, and stay inside", () => {
  expect(stepped(key("ArrowRight"), null, 100)).toBe(0);
  expect(stepped(key("ArrowLeft"), null, 100)).toBe(99);
  expect(stepped(key("ArrowRight", true), 95, 100)).toBe(99);
  expect(stepped(key("ArrowLeft"), 0, 100)).toBe(0);
});

test("Home and End go to the ends; other keys are left alone", () => {
  expect(stepped(key("Home"), 50, 100)).toBe(0);
  expect(stepped(key("End"), 50, 100)).toBe(99);
  expect(stepped(key("Tab"), 50, 100)).toBeNull();
  expect(stepped(key("End"), null, 0)).toBeNull();
});
