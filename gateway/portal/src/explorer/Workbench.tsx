import { GraphiQL, type GraphiQLProps } from "graphiql";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import { getOperationAST } from "graphql";
import { createClient } from "graphql-ws";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { address, socketAddress } from "../api/base";
import { useSession } from "../app/session";
import { currentTheme } from "../app/theme";
import styles from "./Explorer.module.css";
import { EXAMPLES } from "./examples";
import { storageOf } from "./storage";

type Fetcher = GraphiQLProps["fetcher"];
type Answer = { data?: Record<string, unknown> | null };

export function Workbench() {
  const { me, tenant } = useSession();
  const socket = useMemo(() => createClient({ url: socketAddress("graphql"), lazy: true }), []);
  useEffect(() => () => void socket.dispose(), [socket]);
  const fetcher = useMemo<Fetcher>(
    () => (asked, options) => {
      const document = options?.documentAST;
      const operation = document && getOperationAST(document, asked.operationName);
      if (operation?.operation !== "subscription") return post(asked);
      // Both speak the same answers; only their types of errors differ.
      return socket.iterate(asked) as AsyncIterable<Answer>;
    },
    [socket],
  );
  const storage = useMemo(() => storageOf(`${tenant.slug}/${me.name}`), [tenant.slug, me.name]);
  const theme = useSyncExternalStore(followTheme, currentTheme);
  return (
    <div className={styles["workbench"]}>
      <GraphiQL
        fetcher={fetcher}
        storage={storage}
        forcedTheme={theme}
        defaultTabs={EXAMPLES}
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
        maxHistoryLength={50}
      />
    </div>
  );
}

/** Also what refuses the request is shown as it came. */
async function post(asked: object): Promise<Answer> {
  const response = await fetch(address("graphql"), {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(asked),
  });
  return response.json();
}

function followTheme(changed: () => void): () => void {
  window.addEventListener("themechange", changed);
  return () => window.removeEventListener("themechange", changed);
}
