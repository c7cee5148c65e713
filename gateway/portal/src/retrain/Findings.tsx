import { Trans } from "@lingui/react/macro";
import { Notice } from "../ui/Status";
import type { Finding } from "./way";

/** Why nothing can be said of the dates, with the next step. */
export function FindingNotice({ finding }: { finding: Finding }) {
  return (
    <Notice tone="alarm">
      {finding === "empty" ? (
        <Trans>The end must lie after the start.</Trans>
      ) : (
        <Trans>No rows are stored between these dates. Choose others.</Trans>
      )}
    </Notice>
  );
}
