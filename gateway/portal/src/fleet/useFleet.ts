import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useClient, useSubscription } from "urql";
import { filter, pipe, subscribe, take } from "wonka";
import { AlarmChangedDocument, FleetDocument, type FleetQuery, type Health } from "../api/generated/graphql";
import { type Problem, problemOf } from "../api/problem";
import { cursorsOf, type FleetPage, rowsOf, withPage } from "./pages";

const PAGE = 100;
const EVERY_MS = 4000;
const SOON_MS = 500;

interface State {
  pages: readonly FleetPage[];
  total: number;
  counts: ReadonlyMap<Health, number>;
  problem: Problem | null;
  loaded: boolean;
}

const NOTHING: State = { pages: [], total: 0, counts: new Map(), problem: null, loaded: false };

/** The assets that match, page by page as they are scrolled to; what is in view is kept fresh. */
export function useFleet(search: string, labels: string, health: Health | null, drifting: boolean) {
  const client = useClient();
  const [state, setState] = useState<State>(NOTHING);
  /** Ends each request that is under way, by its page. */
  const running = useRef(new Map<string | null, () => void>());
  const view = useRef<[number, number]>([0, PAGE]);
  const pages = useRef(state.pages);
  pages.current = state.pages;

  const load = useCallback(
    (after: string | null, counted: boolean) => {
      const known = running.current;
      if (known.has(after)) return;
      const variables = {
        first: PAGE,
        after,
        search: search || null,
        labels: labels || null,
        health,
        drifting,
        counted,
      };
      // One answer, then no more: who stays subscribed is told what later requests for the same page get.
      const { unsubscribe } = pipe(
        client.query(FleetDocument, variables, { requestPolicy: "network-only" }),
        filter(({ stale }) => !stale),
        take(1),
        subscribe(({ data, error }) => {
          known.delete(after);
          setState((before) => {
            if (!data)
              return error ? { ...before, problem: before.loaded ? null : problemOf(error) } : before;
            return grown(before, after, data);
          });
        }),
      );
      known.set(after, unsubscribe);
    },
    [client, search, labels, health, drifting],
  );

  const refresh = useCallback(() => {
    if (document.visibilityState !== "visible") return;
    const cursors = cursorsOf(pages.current, ...view.current);
    const [first = null, ...others] = cursors;
    load(first, true);
    for (const after of others) load(after, false);
  }, [load]);

  // Before the list's own effects, which would ask for the page behind rows of the old search.
  useLayoutEffect(() => {
    const known = running.current;
    view.current = [0, PAGE];
    pages.current = [];
    setState((before) => ({ ...NOTHING, counts: before.counts }));
    load(null, true);
    const timer = setInterval(refresh, EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const end of known.values()) end();
      known.clear();
    };
  }, [load, refresh]);

  const [alarm] = useSubscription({ query: AlarmChangedDocument, variables: { assetId: null } });
  const changed = alarm.data?.alarmChanged;
  useEffect(() => {
    if (!changed) return;
    // Many alarms at once are one reason to look again.
    const timer = setTimeout(refresh, SOON_MS);
    return () => clearTimeout(timer);
  }, [changed, refresh]);

  /** Tells which rows are in view, and fetches the next page before its first row is reached. */
  const look = useCallback(
    (first: number, last: number) => {
      view.current = [first, last];
      const tail = pages.current.at(-1);
      const known = pages.current.reduce((sum, { rows }) => sum + rows.length, 0);
      if (tail?.more && tail.end && last > known - PAGE) load(tail.end, false);
    },
    [load],
  );

  const rows = useMemo(() => rowsOf(state.pages), [state.pages]);
  return { ...state, rows, look, again: refresh };
}

function grown(before: State, after: string | null, { assets, healthCounts }: FleetQuery): State {
  const page = {
    after,
    rows: assets.edges.map(({ node }) => node),
    end: assets.pageInfo.endCursor,
    more: assets.pageInfo.hasNextPage,
  };
  return {
    pages: withPage(before.pages, page),
    total: assets.totalCount ?? before.total,
    counts: healthCounts ? new Map(healthCounts.map((each) => [each.health, each.assets])) : before.counts,
    problem: null,
    loaded: true,
  };
}
