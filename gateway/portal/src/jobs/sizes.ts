const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** "812 bytes", "1.4 MB": bytes in the largest unit that leaves at least one, in the browser's locale. */
export function sizeOf(bytes: number, locale?: string): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(
    locale ?? (typeof navigator === "undefined" ? undefined : navigator.language),
    {
      style: "unit",
      unit: UNITS[step] ?? "byte",
      unitDisplay: step === 0 ? "long" : "short",
      maximumSignificantDigits: 3,
    },
  ).format(bytes / 1000 ** step);
}
