import type { TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useState } from "react";
import { type AnyVariables, useClient, useQuery } from "urql";
import { type Problem, problemIn, problemOf } from "./problem";

export interface Asked<Data> {
  data: Data | undefined;
  /** Only when there is nothing to show: a failed refresh keeps what was shown. */
  problem: Problem | null;
  loading: boolean;
  again: () => void;
}

/** A query that is asked again every `every` ms while the page is looked at (0: once). */
export function useAsked<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  every = 0,
  pause = false,
): Asked<Data> {
  const [{ data, error, fetching }, execute] = useQuery<Data, Variables>({
    query,
    variables,
    pause,
    requestPolicy: "cache-and-network",
  } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const again = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  useEffect(() => {
    if (every === 0 || pause) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, every);
    return () => clearInterval(timer);
  }, [every, pause, again]);
  return { data, problem: error && !data ? problemOf(error) : null, loading: fetching && !data, again };
}

type Member<Data> = Data extends Record<string, infer Answer> ? Answer : never;
export type Done<Answer> = Exclude<Answer, { message: string; code: string }>;

export interface Act<Input, Answer> {
  busy: boolean;
  problem: Problem | null;
  forget: () => void;
  /** The object, or null when nothing happened; `problem` then says why. */
  run: (input: Input) => Promise<Done<Answer> | null>;
}

type Root<Data> = Member<Omit<Data, "__typename">>;

/** What a screen gives; the key is ours. */
type Given<Input> = Omit<Input, "idempotencyKey">;

/**
 * A mutation with one `input`, whose union is split into the object and the problem. Each act has a key of its own, so
 * that a request which is sent twice on the way takes effect once.
 */
export function useAct<Data extends object, Input>(
  mutation: TypedDocumentNode<Data, { input: Input }>,
): Act<Given<Input>, Root<Data>> {
  const client = useClient();
  const [state, setState] = useState<{ busy: boolean; problem: Problem | null }>({
    busy: false,
    problem: null,
  });
  const run = useCallback(
    async (given: Given<Input>): Promise<Done<Root<Data>> | null> => {
      setState({ busy: true, problem: null });
      const input = { ...given, idempotencyKey: freshKey() } as Input;
      const { data, error } = await client.mutation(mutation, { input }).toPromise();
      const answer = data ? rootOf(data) : null;
      const problem = answer ? problemIn(answer) : error ? problemOf(error) : null;
      setState({ busy: false, problem });
      return answer && !problem ? (answer as Done<Root<Data>>) : null;
    },
    [client, mutation],
  );
  const forget = useCallback(() => setState({ busy: false, problem: null }), []);
  return { ...state, run, forget };
}

/** 128 random bits; `crypto.randomUUID` is not there on pages without TLS. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function rootOf(data: object): object | null {
  const entry = Object.entries(data).find(([key]) => key !== "__typename");
  return (entry?.[1] as object | undefined) ?? null;
}
