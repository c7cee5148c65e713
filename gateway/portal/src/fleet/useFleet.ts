import { useCallback, useEffect, useRef, useState } from "react";
import { useClient, useSubscription } from "urql";
import { AlarmChangedDocument, FleetDocument, type Health } from "../api/generated/graphql";
import { type Problem, problemOf } from "../api/problem";
import { cursorsOf, type FleetPage, rowsOf, withPage } from "./pages";

const PAGE = 100;
const EVERY_MS = 4000;

interface State {
  pages: readonly FleetPage[];
  total: number;
  counts: ReadonlyMap<Health, number>;
  problem: Problem | null;
  loaded: boolean;
}

const NOTHING: State = { pages: [], total: 0, counts: new Map(), problem: null, loaded: false };

/** The assets that match, page by page as they are scrolled to; what is in view is kept fresh. */
export function useFleet(search: string, health: Health | null) {
  const client = useClient();
  const [state, setState] = useState<State>(NOTHING);
  const asked = useRef(0);
  const view = useRef<[number, number]>([0, PAGE]);
  const pages = useRef(state.pages);
  pages.current = state.pages;

  const load = useCallback(
    async (after: string | null) => {
      const turn = asked.current;
      const variables = { first: PAGE, after, search: search || null, health };
      const { data, error } = await client
        .query(FleetDocument, variables, { requestPolicy: "network-only" })
        .toPromise();
      if (turn !== asked.current) return;
      setState((before) => {
        if (!data) return error ? { ...before, problem: before.loaded ? null : problemOf(error) } : before;
        const page = {
          after,
          rows: data.assets.edges.map(({ node }) => node),
          end: data.assets.pageInfo.endCursor,
          more: data.assets.pageInfo.hasNextPage,
        };
        return {
          pages: withPage(before.pages, page),
          total: data.assets.totalCount,
          counts: new Map(data.healthCounts.map((each) => [each.health, each.assets])),
          problem: null,
          loaded: true,
        };
      });
    },
    [client, search, health],
  );

  const refresh = useCallback(() => {
    if (document.visibilityState !== "visible") return;
    const cursors = cursorsOf(pages.current, ...view.current);
    for (const after of cursors.length ? cursors : [null]) void load(after);
  }, [load]);

  useEffect(() => {
    asked.current += 1;
    setState((before) => ({ ...NOTHING, counts: before.counts }));
    void load(null);
    const timer = setInterval(refresh, EVERY_MS);
    return () => clearInterval(timer);
  }, [load, refresh]);

  const [alarm] = useSubscription({ query: AlarmChangedDocument, variables: { assetId: null } });
  const changed = alarm.data?.alarmChanged;
  useEffect(() => {
    if (changed) refresh();
  }, [changed, refresh]);

  /** Tells which rows are in view, and fetches the next page before its first row is reached. */
  const look = useCallback(
    (first: number, last: number) => {
      view.current = [first, last];
      const tail = pages.current.at(-1);
      const known = pages.current.reduce((sum, { rows }) => sum + rows.length, 0);
      if (tail?.more && tail.end && last > known - PAGE / 2) void load(tail.end);
    },
    [load],
  );

  return { ...state, rows: rowsOf(state.pages), look, again: refresh };
}
