import type { ImportFormat } from "../api/generated/graphql";

/** What may be chosen, for the browser's dialog. */
export const ENDINGS = [".csv", ".csv.gz", ".parquet", ".arrow", ".arrows", ".feather"] as const;

const NAMED: readonly (readonly [RegExp, ImportFormat])[] = [
  [/\.csv(\.gz)?$/i, "CSV"],
  [/\.parquet$/i, "PARQUET"],
  [/\.(arrow|arrows|feather)$/i, "ARROW"],
];

/** What a file is by its name; null where the ending is none of ours. */
export function formatOf(name: string): ImportFormat | null {
  return NAMED.find(([ending]) => ending.test(name))?.[1] ?? null;
}

/** How many bytes `fits` looks at. */
export const HEAD = 6;

/** Whether a file's first bytes may be what its name says, so that a wrong one is noticed before it is sent. */
export function fits(format: ImportFormat, head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.slice(0, HEAD));
  const parquet = text.startsWith("PAR1");
  const gzip = text.startsWith("\x1f\x8b");
  if (format === "PARQUET") return parquet;
  if (format === "ARROW") return !parquet && !gzip;
  return !parquet && !text.startsWith("ARROW1");
}
