import { t } from "@lingui/core/macro";
import { address } from "./base";
import type { Role } from "./generated/graphql";
import type { Problem } from "./problem";

interface Refusal {
  code?: string;
  message?: string;
  field?: string | null;
}

type Answer<Done> = { done: Done } | { problem: Problem };

/** Opens a session: the cookie is set by the gateway and never seen here. Answers why not, or null. */
export async function signIn(tenant: string, email: string, password: string): Promise<Problem | null> {
  const answer = await post("v1/session", { tenant, email, password });
  return "problem" in answer ? answer.problem : null;
}

export interface Invited {
  tenant: { slug: string; name: string };
  email: string;
  role: Role;
  invitedBy: string;
}

/** What the invitation is to. */
export const readInvitation = (token: string): Promise<Answer<Invited>> => post("v1/invitation", { token });

/** Makes its holder a member and opens a session. */
export const acceptInvitation = (token: string, name: string, password: string): Promise<Answer<unknown>> =>
  post("v1/invitation/accept", { token, name, password });

export interface Offered {
  id: string;
  name: string;
}

const providersOf = (tenant: string): string => `v1/oidc/${encodeURIComponent(tenant)}`;

/** The address that a provider of identity sends browsers back to. */
export const callbackOf = (tenant: string): string => address(`${providersOf(tenant)}/callback`);

/** Providers by which members of the tenant may log in; none where there is no such tenant. */
export async function offeredProviders(tenant: string): Promise<readonly Offered[]> {
  const answer = await ask<{ providers: Offered[] }>(providersOf(tenant), { method: "GET" });
  return "done" in answer ? answer.done.providers : [];
}

/** Where the browser has to go to log in there. */
export const beginLogin = (tenant: string, provider: string): Promise<Answer<{ url: string }>> =>
  post(`${providersOf(tenant)}/start`, { provider });

const post = <Done>(path: string, body: object): Promise<Answer<Done>> =>
  ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function ask<Done>(path: string, init: RequestInit): Promise<Answer<Done>> {
  try {
    const response = await fetch(address(path), { credentials: "same-origin", ...init });
    return response.ok ? { done: await response.json() } : { problem: await refusal(response) };
  } catch {
    return {
      problem: {
        code: "DISCONNECTED",
        message: t`Andon could not be reached. Check the network and try again.`,
        field: null,
      },
    };
  }
}

export async function signOut(): Promise<void> {
  await fetch(address("v1/session"), { method: "DELETE", credentials: "same-origin" });
}

/** The gateway's own words for a refusal, or the status when it sent none. */
export async function refusal(response: Response): Promise<Problem> {
  const body: Refusal = await response.json().catch(() => ({}));
  return {
    code: body.code ?? `HTTP_${response.status}`,
    message: body.message ?? t`The gateway answered with status ${response.status}. Try again in a moment.`,
    field: body.field ?? null,
  };
}
