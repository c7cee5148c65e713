import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient, type Sink } from "graphql-ws";
import { address, socketAddress } from "./base";
import { connection } from "./connection";
import { loadAnew } from "./outdated";

/** A client for one signed-in session; `onSignedOut` is called when the gateway no longer knows the session. */
export function makeClient(onSignedOut: () => void): { client: Client; close: () => void } {
  const socket = createClient({
    url: socketAddress("graphql"),
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    keepAlive: 10_000,
    on: {
      connected: () => connection.report("socket", true),
      closed: (event) => {
        const { code, wasClean } = event as CloseEvent;
        if (code === 4401 || code === 4403) onSignedOut();
        else if (!wasClean) connection.report("socket", false);
      },
    },
  });
  const client = new Client({
    url: address("graphql"),
    preferGetMethod: false,
    fetch: (input, init) => reportingFetch(input, init, onSignedOut),
    fetchOptions: { credentials: "same-origin" },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({
            // Both sides speak the same answers; only their types of an absent `data` differ.
            // What is asked is known by its id, but graphql-ws sends nothing without a text, be it an empty one.
            unsubscribe: socket.subscribe({ ...operation, query: operation.query ?? "" }, sink as Sink),
          }),
        }),
      }),
    ],
  });
  return { client, close: () => void socket.dispose() };
}

/**
 * A fetch that says whether the gateway could be reached, and notices the end of the session. The answer is read to its
 * end here: urql leaves it to nobody when a screen is left halfway.
 */
async function reportingFetch(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  onSignedOut: () => void,
): Promise<Response> {
  try {
    const response = await fetch(input, init);
    const { status, statusText, headers } = response;
    const text = await response.text();
    connection.report("requests", status !== 502 && status !== 504);
    if (status === 401) onSignedOut();
    if (status === 404 && text.includes('"DOCUMENT_UNKNOWN"')) loadAnew();
    return new Response(text, { status, statusText, headers });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) connection.report("requests", false);
    throw error;
  }
}
