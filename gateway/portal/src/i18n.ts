import { i18n } from "@lingui/core";

const KNOWN = ["en", "pseudo"] as const;

/** Loads the catalogue named by `?locale=` (the pseudo-locale in tests), or English. */
export async function activate(search: string): Promise<void> {
  const asked = new URLSearchParams(search).get("locale");
  const locale = KNOWN.find((known) => known === asked) ?? "en";
  const { messages } =
    locale === "pseudo" ? await import("./locales/pseudo.po") : await import("./locales/en.po");
  i18n.loadAndActivate({ locale: "en", messages });
}

export { i18n };
