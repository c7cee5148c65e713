import { buildSchema, getVariableValues, Kind, parse, validate } from "graphql";
import { expect, test } from "vitest";
import source from "../../../schema.graphql?raw";
import { EXAMPLES } from "./examples";

const schema = buildSchema(source);

test.each(EXAMPLES.map(({ query, variables }) => [query, variables ?? "{}"]))("%s", (query, variables) => {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
  const found = getVariableValues(schema, operation.variableDefinitions ?? [], JSON.parse(variables));
  expect(found.errors).toBeUndefined();
});
