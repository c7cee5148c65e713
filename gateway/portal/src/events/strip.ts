import type { EventFactsFragment, RegimeFactsFragment } from "../api/generated/graphql";
import { type Range, seconds } from "../trend/times";
import { isLabel } from "./words";

export interface Piece<Of> {
  /** Shares of the range, 0 to 1. */
  left: number;
  width: number;
  of: Of;
}

/** Regimes that reach into the range, oldest first. */
export function regimesIn(
  regimes: readonly RegimeFactsFragment[],
  range: Range,
): Piece<RegimeFactsFragment>[] {
  return regimes.flatMap((of) => piece(of, of.start, of.end, range));
}

/** Labels that hold and reach into the range. */
export function labelsIn(events: readonly EventFactsFragment[], range: Range): Piece<EventFactsFragment>[] {
  return events
    .filter(({ kind, retractedAt }) => isLabel(kind) && retractedAt === null)
    .flatMap((of) => piece(of, of.time, of.end, range));
}

function piece<Of>(of: Of, start: string | null, end: string | null, range: Range): Piece<Of>[] {
  const from = Math.max(range.from, start === null ? range.from : seconds(start));
  const to = Math.min(range.to, end === null ? range.to : seconds(end));
  if (to <= from) return [];
  const whole = range.to - range.from;
  return [{ left: (from - range.from) / whole, width: (to - from) / whole, of }];
}
