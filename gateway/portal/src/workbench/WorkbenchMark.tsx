import { Trans } from "@lingui/react/macro";
import type { WorkbenchFactsFragment } from "../api/generated/graphql";
import { Mark } from "../ui/Status";

/** How far a workbench is. */
export function WorkbenchMark({ state }: { state: WorkbenchFactsFragment["state"] }) {
  switch (state) {
    case "READY":
      return (
        <Mark tone="good" icon="pass">
          <Trans>Runs</Trans>
        </Mark>
      );
    case "STARTING":
      return (
        <Mark tone="act" icon="wait">
          <Trans>Starts</Trans>
        </Mark>
      );
    case "FAILED":
      return (
        <Mark tone="alarm" icon="failure">
          <Trans>Ended</Trans>
        </Mark>
      );
    default:
      return (
        <Mark tone="plain" icon="none">
          <Trans>Stopped</Trans>
        </Mark>
      );
  }
}
