import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { ForAdmins } from "../admin/ForAdmins";
import {
  CreateNotificationSubscriptionDocument,
  NotificationsDocument,
  type SubscriptionFactsFragment,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { MailServer } from "./MailServer";
import { Subscription } from "./Subscription";
import { FRESH, SubscriptionForm } from "./SubscriptionForm";

/** Who is told by mail of what happens to the machines, and the server that mail goes by. */
export default function Notifications() {
  const { t } = useLingui();
  const allowed = useMay()("MANAGE_NOTIFICATIONS");
  const [adding, setAdding] = useState(false);
  const { data, problem, loading, again } = useAsked(NotificationsDocument, {}, 5000, !allowed);
  const create = useAct(CreateNotificationSubscriptionDocument);
  if (!allowed) return <ForAdmins />;
  const close = () => {
    setAdding(false);
    create.forget();
    again();
  };
  return (
    <Page
      title={<Trans>Notifications</Trans>}
      lead={<Trans>Who is told by mail of what happens to the machines they look after.</Trans>}
      actions={
        <Button tone="main" icon="plus" onPress={() => setAdding(true)}>
          <Trans>Add a subscription</Trans>
        </Button>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {data && data.mailServer === null && data.notificationSubscriptions.length > 0 ? (
        <Notice tone="act">
          <Trans>Nothing is sent yet: set the mail server first.</Trans>
        </Notice>
      ) : null}
      {loading ? <Skeleton lines={6} /> : null}
      {data ? <Subscriptions subscriptions={data.notificationSubscriptions} again={again} /> : null}
      {data ? <MailServer server={data.mailServer} again={again} /> : null}
      <Dialog title={t`Add a subscription`} open={adding} onClose={close}>
        <SubscriptionForm
          start={FRESH}
          problem={create.problem}
          busy={create.busy}
          onSave={(written) => void create.run(written).then((made) => made && close())}
          onClose={close}
        />
      </Dialog>
    </Page>
  );
}

function Subscriptions({
  subscriptions,
  again,
}: {
  subscriptions: readonly SubscriptionFactsFragment[];
  again: () => void;
}) {
  if (subscriptions.length === 0)
    return (
      <Panel title={<Trans>Subscriptions</Trans>}>
        <Empty title={<Trans>Nobody is told yet</Trans>}>
          <p>
            <Trans>
              Add a subscription, and a shift hears of alarms, cases and retrainings, gathered in one mail at
              a time.
            </Trans>
          </p>
        </Empty>
      </Panel>
    );
  return subscriptions.map((each) => <Subscription key={each.id} subscription={each} again={again} />);
}
