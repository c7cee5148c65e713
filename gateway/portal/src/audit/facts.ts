import type { AuditTrailQuery } from "../api/generated/graphql";

export type AuditRecord = AuditTrailQuery["auditRecords"]["edges"][number]["node"];
export type AuditChange = AuditRecord["changes"]["edges"][number]["node"];

export interface Fact {
  name: string;
  before: string | null;
  after: string | null;
}

/** What of an object differs, field by field in order of their names; null where there was or is nothing. */
export function factsOf({ before, after }: Pick<AuditChange, "before" | "after">): Fact[] {
  const was = (before ?? {}) as Record<string, unknown>;
  const is = (after ?? {}) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return names
    .map((name) => ({ name, before: told(was[name]), after: told(is[name]) }))
    .filter((fact) => fact.before !== fact.after || fact.before === MASK);
}

const MASK = "•••";

function told(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
