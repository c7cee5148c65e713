import { t } from "@lingui/core/macro";
import { useCallback, useEffect, useState } from "react";
import { address } from "../api/base";
import type { Problem } from "../api/problem";
import { refusal } from "../api/session";
import { readTrend } from "./arrow";
import type { Trend } from "./series";

/** A range of source time in seconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

interface Wanted {
  asset: string;
  signals: readonly string[];
  range: Range;
  px: number;
}

export interface TrendState {
  trend: Trend | null;
  problem: Problem | null;
  loading: boolean;
  again: () => void;
}

/** The points of some signals over a range, no more than `px` can show. Paused while `active` is false (off screen). */
export function useTrend({ asset, signals, range, px }: Wanted, active: boolean): TrendState {
  const [state, setState] = useState<Omit<TrendState, "again">>({
    trend: null,
    problem: null,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const key = signals.join("\n");
  const { from, to } = range;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again
  useEffect(() => {
    if (!active) return;
    const stop = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    ask(asset, key.split("\n"), { from, to }, px, stop.signal)
      .then((answer) => setState({ loading: false, trend: null, problem: null, ...answer }))
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        const message = t`The trend could not be read: ${String(error)}. Try again.`;
        setState((before) => ({
          ...before,
          loading: false,
          problem: { code: "TREND", message, field: null },
        }));
      });
    return () => stop.abort();
  }, [asset, key, from, to, px, active, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, again };
}

async function ask(
  asset: string,
  signals: readonly string[],
  range: Range,
  px: number,
  signal: AbortSignal,
): Promise<{ trend: Trend } | { problem: Problem }> {
  const query = new URLSearchParams({ asset, from: iso(range.from), to: iso(range.to), px: String(px) });
  for (const name of signals) query.append("signal", name);
  const response = await fetch(`${address("v1/trend")}?${query}`, { signal, credentials: "same-origin" });
  if (!response.ok) return { problem: await refusal(response) };
  return { trend: readTrend(new Uint8Array(await response.arrayBuffer())) };
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export function seconds(time: string): number {
  return new Date(time).getTime() / 1000;
}
