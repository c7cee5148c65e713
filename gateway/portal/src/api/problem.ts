import { t } from "@lingui/core/macro";
import type { CombinedError } from "@urql/core";

/** Why nothing happened: what, why and the next step. */
export interface Problem {
  code: string;
  message: string;
  field: string | null;
}

interface ErrorMember {
  __typename: string;
  code: string;
  message: string;
  field: string | null;
}

/** The error member of a mutation's union, or null for the object that was asked for. */
export function problemIn(answer: object): Problem | null {
  if (!("code" in answer && "message" in answer)) return null;
  const { code, message, field } = answer as ErrorMember;
  return { code, message, field: field ?? null };
}

/** What went wrong outside of the domain: no connection, a refused request, or an error the gateway masked. */
export function problemOf(error: CombinedError): Problem {
  if (error.networkError) {
    return {
      code: "DISCONNECTED",
      message: t`Andon could not be reached. Check the network; nothing was changed. Then try again.`,
      field: null,
    };
  }
  const first = error.graphQLErrors[0];
  const code = first?.extensions["code"];
  return {
    code: typeof code === "string" ? code : "INTERNAL",
    message: first?.message ?? error.message,
    field: null,
  };
}
