import { expect, test } from "vitest";
import { fieldsOf, given, textOf } from "./form";

const SCHEMA = {
  properties: {
    factor: { type: "number", title: "Factor", description: "How much." },
    rows: { type: "integer", default: 5 },
    quiet: { type: "boolean" },
    mode: { enum: ["slow", "fast"] },
    token: { anyOf: [{ type: "string", writeOnly: true }, { type: "null" }] },
    zones: { type: "array", items: { type: "string" } },
  },
  required: ["factor"],
};

test("a form is made of the schema's properties, in their order", () => {
  expect(fieldsOf(SCHEMA)).toEqual([
    {
      key: "factor",
      title: "Factor",
      description: "How much.",
      kind: "number",
      required: true,
      secret: false,
      choices: [],
    },
    {
      key: "rows",
      title: "rows",
      description: "",
      kind: "integer",
      required: false,
      secret: false,
      choices: [],
    },
    {
      key: "quiet",
      title: "quiet",
      description: "",
      kind: "boolean",
      required: false,
      secret: false,
      choices: [],
    },
    {
      key: "mode",
      title: "mode",
      description: "",
      kind: "choice",
      required: false,
      secret: false,
      choices: ["slow", "fast"],
    },
    {
      key: "token",
      title: "token",
      description: "",
      kind: "text",
      required: false,
      secret: true,
      choices: [],
    },
    {
      key: "zones",
      title: "zones",
      description: "",
      kind: "json",
      required: false,
      secret: false,
      choices: [],
    },
  ]);
  expect(fieldsOf(null)).toEqual([]);
});

test("what is written becomes values of the schema's kinds; what is left empty is left out", () => {
  const fields = fieldsOf(SCHEMA);
  const written = { factor: "1.5", rows: "", quiet: "true", mode: "fast", token: "s3cret", zones: '["a"]' };
  expect(given(fields, written)).toEqual({
    settings: { factor: 1.5, quiet: true, mode: "fast", zones: ["a"] },
    secrets: { token: "s3cret" },
    wrong: null,
  });
  expect(given(fields, { factor: "much" }).wrong).toBe("factor");
  expect(given(fields, { factor: "1", rows: "1.5" }).wrong).toBe("rows");
  expect(given(fields, { factor: "1", zones: "[" }).wrong).toBe("zones");
});

test("a value is shown as it would be written", () => {
  const [factor, , quiet, mode, , zones] = fieldsOf(SCHEMA);
  if (!factor || !quiet || !mode || !zones) throw new Error("fields are missing");
  expect(textOf(factor, 1.5)).toBe("1.5");
  expect(textOf(quiet, false)).toBe("false");
  expect(textOf(mode, "slow")).toBe("slow");
  expect(textOf(zones, ["a"])).toBe('["a"]');
  expect(textOf(zones, undefined)).toBe("");
});
