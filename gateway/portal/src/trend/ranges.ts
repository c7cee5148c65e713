import type { Range } from "./times";

export const DAY = 86_400;

/** How far back each choice looks; `all` is the whole history, at most what the gateway shows at once. */
export const SPANS = { "1h": 3600, "6h": 6 * 3600, "1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY } as const;
export type Span = keyof typeof SPANS;
export const LONGEST = 31 * DAY;

/** The range that ends at the last row (or now, when rows still come) and looks `span` back. */
export function spanned(span: Span, last: number | null, now: number): Range {
  const live = last === null || now - last < 3600;
  const to = live ? now : last + 60;
  return { from: to - SPANS[span], to };
}

/** The shortest choice that shows at least half of what is stored, so that a young history is not a sliver. */
export function fitting(first: number | null, last: number | null): Span {
  if (first === null || last === null) return "1d";
  const stored = last - first;
  const order: Span[] = ["1h", "6h", "1d", "7d", "30d"];
  return order.find((span) => SPANS[span] >= stored * 0.9) ?? "30d";
}

/** `range` cut to what the gateway shows at once, keeping its end. */
export function cut(range: Range): Range {
  return range.to - range.from > LONGEST ? { from: range.to - LONGEST, to: range.to } : range;
}

export interface Piece {
  from: number;
  to: number;
  route: "main" | "fallback" | "none";
}

const ROUTES = ["main", "fallback", "none"] as const;

/** Stretches of time that one route answered: from points of `score.route`, broken where rows are missing. */
export function pieces(t: readonly number[], v: readonly (number | null)[], limit: number): Piece[] {
  const found: Piece[] = [];
  t.forEach((time, row) => {
    const route = ROUTES[Math.round(v[row] ?? 0)] ?? "none";
    const open = found.at(-1);
    if (open && open.route === route && time - open.to <= limit) open.to = time;
    else if (open && time - open.to <= limit) {
      open.to = time;
      found.push({ from: time, to: time, route });
    } else found.push({ from: time, to: time, route });
  });
  return found;
}
