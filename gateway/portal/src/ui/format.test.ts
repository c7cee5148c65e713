import { expect, test } from "vitest";
import { ago, figure, fromLocalField, percent, span, tenths, toLocalField, utc, zone } from "./format";

const NOW = Date.parse("2026-03-10T12:00:00Z");

test("an absent number is a dash, never NaN", () => {
  expect(figure(null)).toBe("–");
  expect(figure(Number.NaN)).toBe("–");
  expect(percent(undefined)).toBe("–");
});

test("a rate has one digit behind the point at most", () => {
  expect([tenths(1 / 3), tenths(10.44), tenths(12)]).toEqual(["0.3", "10.4", "12"]);
});

test("ages are told in the largest whole unit", () => {
  expect(ago("2026-03-10T11:59:55Z", NOW)).toBe("now");
  expect(ago("2026-03-10T11:57:00Z", NOW)).toBe("3 minutes ago");
  expect(ago("2026-03-07T11:00:00Z", NOW)).toBe("3 days ago");
});

test("spans name two units at most", () => {
  expect(span(42)).toBe("42 sec");
  expect(span(185)).toBe("3 min 5 sec");
  expect(span(3600)).toBe("1 hr");
  expect(span(5 * 86_400 + 3 * 3600)).toBe("5 days 3 hr");
});

test("times have a zone with a name", () => {
  expect(zone(new Date("2026-03-10T12:00:00Z"))).toMatch(/^[A-Z]{2,5}([+-]\d+(:\d+)?)?$/);
});

test("UTC stands beside local time", () => {
  expect(utc("2026-03-10T12:00:00+09:00")).toBe("2026-03-10 03:00:00 UTC");
});

test("a typed time goes to UTC and back; half a time is none", () => {
  const typed = toLocalField("2026-03-10T12:34:00Z");
  expect(fromLocalField(typed)).toBe("2026-03-10T12:34:00.000Z");
  expect(fromLocalField("")).toBeNull();
  expect(fromLocalField("2026-13-99")).toBeNull();
});
