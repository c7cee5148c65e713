import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const FOLDER = "src/api/generated/";
/** `npm run dev` asks with whole texts, since the gateway knows only documents that were built. */
const whole = process.env["ANDON_WHOLE_DOCUMENTS"] !== undefined;

/** As GraphQL over HTTP proposes it for persisted documents. */
const idOf = (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** In place of a document's text: what urql asks for by its id. */
function asUrqlTakesIt(path) {
  const text = readFileSync(path, "utf-8");
  writeFileSync(path, text.replaceAll(/\{"__meta__":\{"documentId":("[^"]+")\}\}/g, '{"kind":"Document","documentId":$1,"definitions":[]}'));
}

/** Types from the printed schema, documents as ids; `persisted-documents.json` maps each id to its text. */
export default {
  schema: "../schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    [FOLDER]: {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: whole
          ? false
          : { mode: "replaceDocumentWithHash", hashPropertyName: "documentId", hashAlgorithm: idOf },
      },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        nonOptionalTypename: true,
        strictScalars: true,
        avoidOptionals: true,
        scalars: { DateTime: "string", JSON: "unknown" },
      },
      hooks: { afterOneFileWrite: [(path) => (path.endsWith("graphql.ts") ? asUrqlTakesIt(path) : undefined)] },
    },
  },
};
