/** Addresses of the gateway, relative to `<base>`, so that the portal works under any path. */

export const basePath = (): string => new URL(document.baseURI).pathname.replace(/\/$/, "");

export const address = (path: string): string => new URL(path, document.baseURI).toString();

export function socketAddress(path: string): string {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.toString();
}
