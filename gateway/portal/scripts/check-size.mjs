/** Refuses a bundle whose first load (page, entry scripts, styles, fonts of the first screen) is over the limit. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 350;
const root = join(dirname(fileURLToPath(import.meta.url)), "../../static");
const manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8"));

/** Everything the browser needs before the first screen: the entry with its static imports, styles and fonts. */
function firstLoad(name, seen = new Set()) {
  const chunk = manifest[name];
  seen.add(chunk.file);
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) seen.add(file);
  for (const next of chunk.imports ?? []) if (!seen.has(manifest[next].file)) firstLoad(next, seen);
  return seen;
}

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const files = ["index.html", ...firstLoad(entry)];
const sizes = files.map((file) => [file, gzipSync(readFileSync(join(root, file))).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${file}`);
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  first load, gzip (limit ${LIMIT_KB} kB)`);
if (total > LIMIT_KB * 1000) {
  console.error("The first load is too big. Import the new part lazily, or find a smaller library.");
  process.exit(1);
}
