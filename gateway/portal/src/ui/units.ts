/** Units as people write them; contracts keep to letters that every system can type. */
const WRITTEN: Readonly<Record<string, string>> = {
  degC: "°C",
  degF: "°F",
  deg: "°",
  um: "µm",
  us: "µs",
  uA: "µA",
  "m/s2": "m/s²",
  "m3/s": "m³/s",
  "m3/h": "m³/h",
  "1": "",
};

export function written(unit: string): string {
  return WRITTEN[unit] ?? unit;
}
