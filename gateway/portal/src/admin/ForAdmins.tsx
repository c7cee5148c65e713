import { Trans } from "@lingui/react/macro";
import { Empty } from "../ui/Status";

/** What somebody without the right sees in place of an admin's page. */
export function ForAdmins() {
  return (
    <Empty title={<Trans>This page is for admins</Trans>}>
      <p>
        <Trans>Ask an admin of your tenant for the role.</Trans>
      </p>
    </Empty>
  );
}
