/** A step of a notebook, as far as drawing it needs. */
export interface Step {
  readonly name: string;
  readonly after: readonly string[];
}

export interface Placed<S extends Step> {
  readonly step: S;
  readonly column: number;
  readonly row: number;
}

/**
 * Each step a column behind the last of those that it comes after, in the order given within a column. Steps come
 * after those they take from, so one pass is enough.
 */
export function placed<S extends Step>(steps: readonly S[]): Placed<S>[] {
  const columns = new Map<string, number>();
  const taken: number[] = [];
  return steps.map((step) => {
    const column = Math.max(0, ...step.after.map((name) => (columns.get(name) ?? -1) + 1));
    columns.set(step.name, column);
    const row = taken[column] ?? 0;
    taken[column] = row + 1;
    return { step, column, row };
  });
}
