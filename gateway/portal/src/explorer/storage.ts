/**
 * What GraphiQL keeps, for as long as this tab of the browser lives and under the name of who is signed in: the next
 * one to sign in sees none of it.
 */
export function storageOf(owner: string, store: Storage = window.sessionStorage): Storage {
  const prefix = `andon.explorer/${owner}/`;
  const own = () =>
    Array.from({ length: store.length }, (_, place) => store.key(place) ?? "").filter((key) =>
      key.startsWith(prefix),
    );
  return {
    get length() {
      return own().length;
    },
    key: (place) => own()[place]?.slice(prefix.length) ?? null,
    getItem: (key) => store.getItem(prefix + key),
    setItem: (key, value) => store.setItem(prefix + key, value),
    removeItem: (key) => store.removeItem(prefix + key),
    clear: () => {
      for (const key of own()) store.removeItem(key);
    },
  };
}
