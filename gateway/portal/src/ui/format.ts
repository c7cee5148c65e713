/** Numbers and times in the browser's own locale and zone. Pure, so that tests need no page. */

const locale = (): string | undefined => (typeof navigator === "undefined" ? undefined : navigator.language);

/** Three significant digits, which is what an operator can act on. */
export function figure(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(locale(), { maximumSignificantDigits: digits }).format(value);
}

/** For rates that people hold against a whole number. */
export function tenths(value: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);
}

export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function dateTime(iso: string | Date): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function clock(iso: string | Date): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(iso));
}

/** Short name of the browser's zone, which all times are in: "GMT+9". */
export function zone(at = new Date()): string {
  const parts = new Intl.DateTimeFormat(locale(), { timeZoneName: "short" }).formatToParts(at);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** The same instant in UTC, for hovering: plant logs are often kept in it. */
export function utc(iso: string | Date): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 days ago", "in 2 hours", "now". */
export function ago(iso: string | Date, now: number): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 10 ? words.format(0, "second") : words.format(seconds, "second");
}

/** "42 s", "3 min 5 s", "2 h 10 min", "5 d 3 h". */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const unit = (value: number, name: "day" | "hour" | "minute" | "second") =>
    new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  if (whole < 60) return unit(whole, "second");
  if (whole < 3600)
    return joined(unit(Math.floor(whole / 60), "minute"), whole % 60, unit(whole % 60, "second"));
  if (whole < 86_400) {
    const minutes = Math.floor((whole % 3600) / 60);
    return joined(unit(Math.floor(whole / 3600), "hour"), minutes, unit(minutes, "minute"));
  }
  const hours = Math.floor((whole % 86_400) / 3600);
  return joined(unit(Math.floor(whole / 86_400), "day"), hours, unit(hours, "hour"));
}

function joined(large: string, rest: number, small: string): string {
  return rest ? `${large} ${small}` : large;
}

/** Value of an `<input type="datetime-local">`, in the browser's zone. */
export function toLocalField(iso: string | Date): string {
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** ISO in UTC, or null when the field is empty or half typed. */
export function fromLocalField(value: string): string | null {
  const time = new Date(value);
  return value === "" || Number.isNaN(time.getTime()) ? null : time.toISOString();
}
