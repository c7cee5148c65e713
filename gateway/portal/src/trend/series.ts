/** Series as they are drawn: times in seconds, rising, and a value or null each. Pure. */
export interface Series {
  t: readonly number[];
  v: readonly (number | null)[];
}

/** How many points came (`n`) of those stored in the range (`m`). */
export interface Points {
  n: number;
  m: number;
}

export interface Trend {
  signals: ReadonlyMap<string, Series>;
  points: ReadonlyMap<string, Points>;
}

export const NO_SERIES: Series = { t: [], v: [] };

/** Puts a null where two neighbours are more than `limit` seconds apart, so that no line bridges missing rows. */
export function withGaps({ t, v }: Series, limit: number): Series {
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (let row = 0; row < t.length; row += 1) {
    const time = t[row] ?? 0;
    const before = t[row - 1];
    if (before !== undefined && time - before > limit) {
      times.push(before + (time - before) / 2);
      values.push(null);
    }
    times.push(time);
    values.push(v[row] ?? null);
  }
  return { t: times, v: values };
}

/** Seconds between neighbours above which rows are missing: five periods, five pixels of a decimated trend, or five
 * times the usual step, since rows may come more seldom than the contract promises. */
export function gapLimit(period: number, seconds: number, px: number, t: readonly number[] = []): number {
  return 5 * Math.max(period, seconds / Math.max(1, px), usualStep(t));
}

/** Median seconds between neighbours; 0 when there are none. */
function usualStep(t: readonly number[]): number {
  const steps = t.slice(1).map((time, row) => time - (t[row] ?? time));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

/** Several series over the union of their times, as uPlot wants them. A time that a series lacks is undefined, which is
 * drawn through; null is drawn as a gap. */
export function align(series: readonly Series[]): [number[], ...(number | null | undefined)[][]] {
  const times = [...new Set(series.flatMap(({ t }) => [...t]))].sort((a, b) => a - b);
  const place = new Map(times.map((time, index) => [time, index]));
  const columns = series.map(({ t, v }) => {
    const column = new Array<number | null | undefined>(times.length).fill(undefined);
    t.forEach((time, row) => {
      column[place.get(time) ?? 0] = v[row] ?? null;
    });
    return column;
  });
  return [times, ...columns];
}

/** Index of the time next to `time`; -1 when there is none. */
export function nearest(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const here = times[low] ?? 0;
  const before = times[low - 1];
  return before !== undefined && time - before < here - time ? low - 1 : low;
}

export interface Facts {
  first: number;
  last: number;
  low: number;
  lowAt: number;
  high: number;
  highAt: number;
  points: number;
  missing: number;
}

/** What a person who cannot see the line needs to know of it; null when it holds no value. */
export function factsOf({ t, v }: Series): Facts | null {
  let facts: Facts | null = null;
  let missing = 0;
  v.forEach((value, row) => {
    const time = t[row] ?? 0;
    if (value === null) {
      missing += 1;
    } else if (facts === null) {
      facts = {
        first: value,
        last: value,
        low: value,
        lowAt: time,
        high: value,
        highAt: time,
        points: 1,
        missing: 0,
      };
    } else {
      facts.last = value;
      facts.points += 1;
      if (value < facts.low) [facts.low, facts.lowAt] = [value, time];
      if (value > facts.high) [facts.high, facts.highAt] = [value, time];
    }
  });
  const found = facts as Facts | null;
  return found && { ...found, missing };
}

/** At most `most` rows spread evenly over the series, the first and last among them. */
export function thinned({ t, v }: Series, most: number): Series {
  if (t.length <= most) return { t, v };
  const step = (t.length - 1) / (most - 1);
  const rows = Array.from({ length: most }, (_, index) => Math.round(index * step));
  return { t: rows.map((row) => t[row] ?? 0), v: rows.map((row) => v[row] ?? null) };
}
