import { tableFromIPC } from "@uwdata/flechette";
import type { Points, Series, Trend } from "./series";

/** Reads the answer of `/v1/trend`: an Arrow IPC stream with `signal`, `time` (µs) and `value`, missing values left out. */
export function readTrend(body: Uint8Array): Trend {
  const table = tableFromIPC(body, { useDate: false, useBigInt: false });
  const signals = new Map<string, { t: number[]; v: (number | null)[] }>();
  const names = table.getChild("signal");
  const times = table.getChild("time");
  const values = table.getChild("value");
  for (let row = 0; row < table.numRows; row += 1) {
    const name = String(names.at(row));
    let series = signals.get(name);
    if (!series) {
      series = { t: [], v: [] };
      signals.set(name, series);
    }
    series.t.push(Number(times.at(row)) / 1000);
    series.v.push(Number(values.at(row)));
  }
  const points: Record<string, Points> = JSON.parse(table.schema.metadata?.get("points") ?? "{}");
  return { signals: signals as ReadonlyMap<string, Series>, points: new Map(Object.entries(points)) };
}
