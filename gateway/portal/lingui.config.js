import { formatter } from "@lingui/format-po";

/** `pseudo` is made from English: it shows texts that skip the catalogue and layouts that cannot grow. */
export default {
  sourceLocale: "en",
  locales: ["en", "pseudo"],
  pseudoLocale: "pseudo",
  catalogs: [{ path: "src/locales/{locale}", include: ["src"] }],
  format: formatter({ lineNumbers: false }),
};
