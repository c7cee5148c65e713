import { createContext, useContext } from "react";
import type { Permission, SessionQuery } from "../api/generated/graphql";

export interface Session {
  me: SessionQuery["me"];
  tenant: SessionQuery["tenant"];
  signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside of a signed-in page");
  return session;
}

/** Whether the member has a right. The gateway checks again; this only hides what would be refused. */
export function useMay(): (permission: Permission) => boolean {
  const { me } = useSession();
  return (permission) => me.permissions.includes(permission);
}
