const KEY = "andon.tenant";

/** The tenant that was signed in to last in this browser; empty if none was. */
export const lastTenant = (): string => window.localStorage.getItem(KEY) ?? "";

export const keepTenant = (slug: string): void => window.localStorage.setItem(KEY, slug);
