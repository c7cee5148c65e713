import { expect, test } from "vitest";
import { shares, spent } from "./stages";

test("stays of a stage are added, and the last goes on", () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
  const stays = [
    { stage: "OBSERVE", enteredAt: at(0), leftAt: at(1) },
    { stage: "ORIENT", enteredAt: at(1), leftAt: at(3) },
    { stage: "DECIDE", enteredAt: at(3), leftAt: at(4) },
    { stage: "ORIENT", enteredAt: at(4), leftAt: null },
  ] as const;
  const now = Date.UTC(2026, 0, 1, 6);
  expect(spent(stays, now)).toEqual({ OBSERVE: 3600, ORIENT: 14_400, DECIDE: 3600, ACT: 0 });
});

test("shares of nothing are nothing", () => {
  expect(shares([1, 3])).toEqual([0.25, 0.75]);
  expect(shares([0, 0])).toEqual([0, 0]);
});
