/** A number that a run may be given, as its blueprint declares it. */
export interface Parameter {
  readonly key: string;
  readonly title: string;
  readonly help: string;
  readonly default: number;
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

/** What was typed, by key of the parameter; nothing of those that stay as they are. */
export type Typed = Readonly<Record<string, string>>;

/** A whole number that is 0 or 1 is a question of yes or no. */
export function isFlag({ whole, low, high }: Parameter): boolean {
  return whole && low === 0 && high === 1;
}

/** The number that was typed; null for what the blueprint does not take. */
export function numberOf(parameter: Parameter, text: string): number | null {
  const number = text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
  const inside = number >= parameter.low && number <= parameter.high;
  return inside && (!parameter.whole || Number.isInteger(number)) ? number : null;
}

/** What the run is given: all that was typed and differs; null while something of it cannot be. */
export function given(
  parameters: readonly Parameter[],
  typed: Typed,
): { key: string; value: number }[] | null {
  const found: { key: string; value: number }[] = [];
  for (const parameter of parameters) {
    const text = typed[parameter.key];
    if (text === undefined) continue;
    const value = numberOf(parameter, text);
    if (value === null) return null;
    if (value !== parameter.default) found.push({ key: parameter.key, value });
  }
  return found;
}
