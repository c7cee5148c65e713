/** A range of source time in seconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export function seconds(time: string): number {
  return new Date(time).getTime() / 1000;
}
