import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { RouterProvider } from "react-aria-components";
import { Provider } from "urql";
import { Router, useLocation } from "wouter";
import { basePath } from "../api/base";
import { makeClient } from "../api/client";
import { SessionDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { signOut } from "../api/session";
import { Failed, Skeleton } from "../ui/Status";
import { keepTenant } from "./lastTenant";
import { Pages } from "./Pages";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";
import { SessionContext } from "./session";

const Invitation = lazy(() => import("../invitation/Invitation"));

/** The portal under the path that the gateway serves it at. */
export function App() {
  return (
    <Router base={basePath()}>
      <Navigation>
        <Door />
      </Navigation>
    </Router>
  );
}

/** Signed out, or one session with a client of its own: nothing cached of one member is shown to the next. */
function Door() {
  const [epoch, setEpoch] = useState(0);
  const [signedOut, setSignedOut] = useState(false);
  const [path, navigate] = useLocation();
  const end = useCallback(() => setSignedOut(true), []);
  const begin = useCallback(
    (tenant: string) => {
      keepTenant(tenant);
      setEpoch((before) => before + 1);
      setSignedOut(false);
      if (ENTRANCES.includes(path)) navigate("/", { replace: true });
    },
    [path, navigate],
  );
  if (path === "/invitation")
    return (
      <Suspense fallback={<Skeleton lines={6} />}>
        <Invitation onSignedIn={begin} />
      </Suspense>
    );
  if (signedOut || path === "/sign-in") return <SignIn onSignedIn={begin} />;
  return <Connected key={epoch} onSignedOut={end} />;
}

const ENTRANCES = ["/invitation", "/sign-in"];

/** Lets links of react-aria go through our router, base path included. */
function Navigation({ children }: { children: React.ReactNode }) {
  const [, navigate] = useLocation();
  const base = basePath();
  return (
    <RouterProvider navigate={navigate} useHref={(href) => (href.startsWith("/") ? base + href : href)}>
      {children}
    </RouterProvider>
  );
}

function Connected({ onSignedOut }: { onSignedOut: () => void }) {
  const made = useMemo(() => makeClient(onSignedOut), [onSignedOut]);
  useEffect(() => made.close, [made]);
  return (
    <Provider value={made.client}>
      <SignedIn onSignedOut={onSignedOut} />
    </Provider>
  );
}

function SignedIn({ onSignedOut }: { onSignedOut: () => void }) {
  const { data, problem, again } = useAsked(SessionDocument, {});
  const leave = useCallback(() => void signOut().finally(onSignedOut), [onSignedOut]);
  const session = useMemo(() => (data ? { ...data, signOut: leave } : null), [data, leave]);
  if (problem && problem.code !== "UNAUTHORISED") return <Failed problem={problem} again={again} />;
  if (!session) return <Skeleton lines={6} />;
  return (
    <SessionContext.Provider value={session}>
      <Shell>
        <Pages />
      </Shell>
    </SessionContext.Provider>
  );
}
