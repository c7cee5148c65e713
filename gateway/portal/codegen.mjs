import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

/** Types and documents from the printed schema; `persisted-documents.json` maps each id to its text. */
export default {
  schema: "../schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    "src/api/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        nonOptionalTypename: true,
        strictScalars: true,
        avoidOptionals: true,
        scalars: { DateTime: "string", JSON: "unknown" },
      },
    },
  },
};
