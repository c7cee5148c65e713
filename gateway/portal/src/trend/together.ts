import { address } from "../api/base";
import type { Problem } from "../api/problem";
import { refusal } from "../api/session";
import { readTrend } from "./arrow";
import type { Trend } from "./series";
import { iso, type Range } from "./times";

/** What one chart wants to show: no more points of its signals than `px` can show. */
export interface Wanted {
  asset: string;
  signals: readonly string[];
  range: Range;
  px: number;
}

export type Answer = { trend: Trend } | { problem: Problem };

interface Waiting {
  wanted: Wanted;
  stop: AbortSignal;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/** Signals of a request; the gateway takes no more. */
const MOST = 32;
/** Charts that come on screen together ask within it. */
const GATHER_MS = 10;

const gathering = new Map<string, Waiting[]>();

/** The points of a chart. Charts that ask for the same asset and range at the same moment share a request, so that a page
 * of charts costs one reading of the history and not one each. Settles with the others even when `stop` is set. */
export function askTogether(wanted: Wanted, stop: AbortSignal): Promise<Answer> {
  const { asset, range } = wanted;
  const place = `${asset} ${range.from} ${range.to}`;
  return new Promise((resolve, reject) => {
    const waiting: Waiting = { wanted, stop, resolve, reject };
    const others = gathering.get(place);
    if (others) {
      others.push(waiting);
      return;
    }
    gathering.set(place, [waiting]);
    setTimeout(() => {
      const all = gathering.get(place) ?? [];
      gathering.delete(place);
      for (const some of parted(all)) void send(some);
    }, GATHER_MS);
  });
}

/** Groups of charts with no more signals than a request may name. */
function parted(all: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  let named = new Set<string>();
  for (const one of all) {
    if (one.stop.aborted) continue;
    const together = new Set([...named, ...one.wanted.signals]);
    if (groups.length === 0 || together.size > MOST) {
      groups.push([]);
      named = new Set(one.wanted.signals);
    } else {
      named = together;
    }
    groups.at(-1)?.push(one);
  }
  return groups;
}

async function send(charts: readonly Waiting[]): Promise<void> {
  const stop = new AbortController();
  const leave = () => {
    if (charts.every((one) => one.stop.aborted)) stop.abort();
  };
  for (const one of charts) one.stop.addEventListener("abort", leave);
  try {
    const answer = await ask(
      charts.map(({ wanted }) => wanted),
      stop.signal,
    );
    for (const one of charts) one.resolve(answer);
  } catch (error) {
    for (const one of charts) one.reject(error);
  }
}

async function ask(all: readonly Wanted[], stop: AbortSignal): Promise<Answer> {
  const [first] = all;
  if (!first) throw new RangeError("nobody asks");
  const px = Math.max(...all.map((one) => one.px));
  const query = new URLSearchParams({
    asset: first.asset,
    from: iso(first.range.from),
    to: iso(first.range.to),
    px: String(px),
  });
  for (const name of new Set(all.flatMap((one) => one.signals))) query.append("signal", name);
  const response = await fetch(`${address("v1/trend")}?${query}`, {
    signal: stop,
    credentials: "same-origin",
  });
  if (!response.ok) return { problem: await refusal(response) };
  return { trend: readTrend(new Uint8Array(await response.arrayBuffer())) };
}
