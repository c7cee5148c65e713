/** Pure: what a bar of stages shows. */

export const STAGES = ["OBSERVE", "ORIENT", "DECIDE", "ACT"] as const;
export type Stage = (typeof STAGES)[number];

export interface Stay {
  stage: Stage;
  enteredAt: string;
  leftAt: string | null;
}

/** Seconds in each stage until `now`; a stay without an end goes on. */
export function spent(stays: readonly Stay[], now: number): Record<Stage, number> {
  const found: Record<Stage, number> = { OBSERVE: 0, ORIENT: 0, DECIDE: 0, ACT: 0 };
  for (const { stage, enteredAt, leftAt } of stays) {
    const left = leftAt === null ? now : Date.parse(leftAt);
    found[stage] += Math.max(0, left - Date.parse(enteredAt)) / 1000;
  }
  return found;
}

/** Shares of the whole in the order of stages, all 0 where nothing was spent. */
export function shares(seconds: readonly number[]): number[] {
  const whole = seconds.reduce((sum, each) => sum + each, 0);
  return seconds.map((each) => (whole > 0 ? each / whole : 0));
}
