/** A settings form from a plugin's JSON Schema: one field a property; what has no simple kind is written as JSON. */

export type Kind = "text" | "number" | "integer" | "boolean" | "choice" | "json";

export interface SettingField {
  key: string;
  title: string;
  description: string;
  kind: Kind;
  required: boolean;
  secret: boolean;
  choices: readonly string[];
}

export interface Given {
  settings: Record<string, unknown>;
  secrets: Record<string, unknown>;
  /** The key of the first field whose text is none of its kind. */
  wrong: string | null;
}

interface Schema {
  type?: string;
  title?: string;
  description?: string;
  enum?: readonly unknown[];
  writeOnly?: boolean;
  anyOf?: readonly Schema[];
  properties?: Record<string, Schema>;
  required?: readonly string[];
}

export function fieldsOf(form: unknown): SettingField[] {
  const schema = (form ?? {}) as Schema;
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([key, told]) => {
    const main = told.anyOf?.find(({ type }) => type !== "null") ?? told;
    return {
      key,
      title: told.title ?? key,
      description: told.description ?? "",
      kind: kindOf(main),
      required: required.has(key),
      secret: Boolean(told.writeOnly ?? main.writeOnly),
      choices: main.enum?.map(String) ?? [],
    };
  });
}

function kindOf({ type, enum: choices }: Schema): Kind {
  if (choices?.every((choice) => typeof choice === "string")) return "choice";
  if (type === "string") return "text";
  return type === "number" || type === "integer" || type === "boolean" ? type : "json";
}

/** A present value as the text that stands for it; empty where there is none. */
export function textOf({ kind }: SettingField, value: unknown): string {
  if (value === undefined || value === null) return "";
  return kind === "json" ? JSON.stringify(value) : String(value);
}

export function given(fields: readonly SettingField[], written: Readonly<Record<string, string>>): Given {
  const found: Given = { settings: {}, secrets: {}, wrong: null };
  for (const field of fields) {
    const text = written[field.key] ?? "";
    if (text === "") continue;
    const value = parsed(field.kind, text);
    if (value === undefined) found.wrong ??= field.key;
    else (field.secret ? found.secrets : found.settings)[field.key] = value;
  }
  return found;
}

/** Undefined for a text that is none of the kind. */
function parsed(kind: Kind, text: string): unknown {
  if (kind === "text" || kind === "choice") return text;
  if (kind === "boolean") return text === "true";
  if (kind === "json") {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
  const value = Number(text);
  return Number.isFinite(value) && (kind === "number" || Number.isInteger(value)) ? value : undefined;
}
