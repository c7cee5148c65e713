import { readFileSync } from "node:fs";
import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The gateway a developer's `npm run dev` talks to. */
const gateway = process.env["ANDON_URL"] ?? "http://127.0.0.1:8080";

/** Puts the texts of the portal's documents beside it: the gateway reads them, and answers to their ids. */
const documents = {
  name: "documents",
  generateBundle(this: { emitFile: (file: { type: "asset"; fileName: string; source: string }) => string }) {
    const source = readFileSync("src/api/generated/persisted-documents.json", "utf-8");
    this.emitFile({ type: "asset", fileName: "documents.json", source });
  },
};

export default defineConfig({
  // Relative, so that the bundle works under any base path: `<base>` in index.html says which.
  base: "./",
  plugins: [react({ babel: { plugins: ["@lingui/babel-plugin-lingui-macro"] } }), lingui(), documents],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // Not `assets`, which is a page of the portal.
    assetsDir: "app",
    // Data URLs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    sourcemap: false,
  },
  server: {
    proxy: {
      "/graphql": { target: gateway, ws: true },
      "/v1": gateway,
      "/login": gateway,
    },
  },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
