import { t } from "@lingui/core/macro";
import { useCallback, useEffect, useState } from "react";
import type { Problem } from "../api/problem";
import type { Trend } from "./series";
import { askTogether, type Wanted } from "./together";

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
    askTogether({ asset, signals: key.split("\n"), range: { from, to }, px }, stop.signal)
      .then((answer) => {
        if (!stop.signal.aborted) setState({ loading: false, trend: null, problem: null, ...answer });
      })
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
