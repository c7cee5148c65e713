import { Trans } from "@lingui/react/macro";
import { SessionsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Page, Panel } from "../ui/Panel";
import { EndOthers, SessionList } from "./SessionList";

/** A member's own sessions. */
export default function Sessions() {
  const { data, ...known } = useAsked(SessionsDocument, { memberId: null });
  return (
    <Page
      title={<Trans>Your sessions</Trans>}
      lead={<Trans>Sign out what you do not know or no longer use. It takes effect at once.</Trans>}
    >
      <Panel
        title={<Trans>Browsers</Trans>}
        note={<Trans>A session ends by itself 12 hours after signing in.</Trans>}
        flush
        actions={<EndOthers sessions={data?.sessions} again={known.again} />}
      >
        <SessionList sessions={data?.sessions} {...known} />
      </Panel>
    </Page>
  );
}
