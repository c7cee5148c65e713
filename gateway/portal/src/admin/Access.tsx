import { Trans } from "@lingui/react/macro";
import { AccessDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { LinkButton } from "../ui/Button";
import { Page } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";
import { Budgets } from "./Budgets";
import { Devices } from "./Devices";
import { ForAdmins } from "./ForAdmins";
import { Invitations } from "./Invitations";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Providers } from "./Providers";

/** Who and what may reach this tenant. */
export default function Access() {
  const may = useMay();
  const allowed = may("MANAGE_MEMBERS") || may("MANAGE_KEYS");
  const { data, problem, loading, again } = useAsked(AccessDocument, {}, 0, !allowed);
  if (!allowed) return <ForAdmins />;
  return (
    <Page
      title={<Trans>Access</Trans>}
      lead={<Trans>People and programs that may reach this tenant, and what they may do.</Trans>}
      actions={
        <>
          {may("MANAGE_PLUGINS") ? (
            <LinkButton href="/plugins">
              <Trans>Plugins</Trans>
            </LinkButton>
          ) : null}
          {may("READ_AUDIT") ? (
            <LinkButton href="/audit">
              <Trans>Audit trail</Trans>
            </LinkButton>
          ) : null}
        </>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={6} /> : null}
      {data ? (
        <>
          <Members members={data.members} onChanged={again} />
          <Invitations invitations={data.invitations} onChanged={again} />
          {may("MANAGE_MEMBERS") ? <Providers /> : null}
          <Keys keys={data.apiKeys} onChanged={again} />
          {may("MANAGE_KEYS") ? <Devices /> : null}
          {may("MANAGE_KEYS") ? <Budgets /> : null}
        </>
      ) : null}
    </Page>
  );
}
