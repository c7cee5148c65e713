import { Trans } from "@lingui/react/macro";
import { useMay } from "../app/session";
import { Page } from "../ui/Panel";
import { Empty } from "../ui/Status";
import { Workbench } from "./Workbench";

/** GraphiQL on the member's own session: what is asked here is done as them. */
export default function Explorer() {
  const may = useMay();
  return (
    <Page
      title={<Trans>API explorer</Trans>}
      lead={
        <Trans>
          The GraphQL that this portal and your programs speak. It acts as you do: what you change here is
          changed.
        </Trans>
      }
    >
      {may("QUERY") ? (
        <Workbench />
      ) : (
        <Empty title={<Trans>Your role asks no GraphQL of its own</Trans>}>
          <Trans>An admin of your tenant can change your role.</Trans>
        </Empty>
      )}
    </Page>
  );
}
