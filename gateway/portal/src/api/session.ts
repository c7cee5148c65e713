import { t } from "@lingui/core/macro";
import { address } from "./base";
import type { Problem } from "./problem";

interface Refusal {
  code?: string;
  message?: string;
  field?: string | null;
}

/** Opens a session: the cookie is set by the gateway and never seen here. Answers why not, or null. */
export async function signIn(tenant: string, email: string, password: string): Promise<Problem | null> {
  try {
    const response = await fetch(address("v1/session"), {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ tenant, email, password }),
    });
    return response.ok ? null : await refusal(response);
  } catch {
    return {
      code: "DISCONNECTED",
      message: t`Andon could not be reached. Check the network and try again.`,
      field: null,
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
