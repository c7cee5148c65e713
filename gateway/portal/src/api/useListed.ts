import type { TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { type Problem, problemOf } from "./problem";

interface Connection<Node> {
  edges: readonly { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The connection of something that is not there. */
export const NONE: Connection<never> = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

export interface Listed<Node> {
  nodes: readonly Node[];
  loaded: boolean;
  problem: Problem | null;
  more: boolean;
  loadMore: () => void;
  /** Asks again for as many as are shown now. */
  again: () => void;
}

/** A connection, newest first, that grows by pages; `every` ms its first page is asked again. */
export function useListed<Data, Filter extends object, Node>(
  query: TypedDocumentNode<Data, Filter & { first: number; after: string | null }>,
  filter: Filter,
  pick: (data: Data) => Connection<Node>,
  keyOf: (node: Node) => string,
  every = 0,
): Listed<Node> {
  const client = useClient();
  const [state, setState] = useState({
    nodes: [] as readonly Node[],
    loaded: false,
    problem: null as Problem | null,
    end: null as string | null,
    more: false,
  });
  const key = JSON.stringify(filter);
  const picked = useRef({ pick, keyOf });
  picked.current = { pick, keyOf };

  const load = useCallback(
    async (after: string | null) => {
      const variables = { ...(JSON.parse(key) as Filter), first: 50, after };
      const { data, error } = await client
        .query(query, variables, { requestPolicy: "network-only" })
        .toPromise();
      setState((before) => {
        if (!data) return { ...before, problem: error && !before.loaded ? problemOf(error) : null };
        const { edges, pageInfo } = picked.current.pick(data);
        const fresh = edges.map(({ node }) => node);
        const known = new Set(fresh.map(picked.current.keyOf));
        const old = before.nodes.filter((node) => !known.has(picked.current.keyOf(node)));
        // A fresh first page goes before what was loaded behind it; a further page goes after.
        // Where nothing follows it, it is all there is: what is missing from it is no longer of the list.
        const grown = after === null && pageInfo.hasNextPage && before.nodes.length > fresh.length;
        return {
          nodes: after === null ? (grown ? [...fresh, ...old] : fresh) : [...old, ...fresh],
          loaded: true,
          problem: null,
          end: grown ? before.end : pageInfo.endCursor,
          more: grown ? before.more : pageInfo.hasNextPage,
        };
      });
    },
    [client, query, key],
  );

  useEffect(() => {
    setState({ nodes: [], loaded: false, problem: null, end: null, more: false });
    void load(null);
    if (every === 0) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void load(null);
    }, every);
    return () => clearInterval(timer);
  }, [load, every]);

  const again = useCallback(() => void load(null), [load]);
  const loadMore = useCallback(() => void load(state.end), [load, state.end]);
  return {
    nodes: state.nodes,
    loaded: state.loaded,
    problem: state.problem,
    more: state.more,
    loadMore,
    again,
  };
}
