import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  DeleteNotificationSubscriptionDocument,
  SendTestNotificationDocument,
  type SubscriptionFactsFragment,
  UpdateNotificationSubscriptionDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed, Mark } from "../ui/Status";
import styles from "../webhooks/Webhooks.module.css";
import { Mails } from "./Mails";
import { useOftenWord } from "./often";
import { SubscriptionForm, writtenOf } from "./SubscriptionForm";

/** One subscription: who is told, of what, and what was sent. */
export function Subscription({
  subscription,
  again,
}: {
  subscription: SubscriptionFactsFragment;
  again: () => void;
}) {
  const often = useOftenWord();
  const { id, name, addresses, members, everyMinutes, quiet, paused } = subscription;
  const test = useAct(SendTestNotificationDocument);
  const [asked, setAsked] = useState(0);
  const people = [...members.map((member) => member.name), ...addresses].join(", ");
  return (
    <Panel
      title={name}
      note={people}
      actions={
        <>
          <Button
            small
            busy={test.busy}
            onPress={() => void test.run({ subscriptionId: id }).then(() => setAsked((times) => times + 1))}
          >
            <Trans>Send a test message</Trans>
          </Button>
          <Changes subscription={subscription} again={again} />
        </>
      }
    >
      {test.problem ? <Failed problem={test.problem} /> : null}
      <p>
        <Mark tone={paused ? "silent" : "plain"} icon={paused ? "wait" : "normal"}>
          {paused ? <Trans>Paused</Trans> : <Trans>Active</Trans>}
        </Mark>
      </p>
      <p className={styles["hint"]}>
        <Wanted subscription={subscription} />. {often(everyMinutes)}.{" "}
        {quiet ? (
          <Trans>
            Quiet from {quiet.start} until {quiet.end} ({quiet.zone}).
          </Trans>
        ) : null}
      </p>
      <Mails subscriptionId={id} asked={asked} />
    </Panel>
  );
}

function Wanted({
  subscription: { types, site, line, labels },
}: {
  subscription: SubscriptionFactsFragment;
}) {
  const { t } = useLingui();
  const words = {
    ALARM_RAISED: t`Alarms`,
    CASE_OPENED: t`Cases`,
    RUN_ENDED: t`Retrainings`,
    CHALLENGER_SET: t`New models`,
  };
  const where = [site, line, labels].filter(Boolean).join(", ");
  return <>{[types.map((type) => words[type]).join(", "), where || t`all machines`].join(" · ")}</>;
}

function Changes({ subscription, again }: { subscription: SubscriptionFactsFragment; again: () => void }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState<"change" | "delete" | null>(null);
  const update = useAct(UpdateNotificationSubscriptionDocument);
  const remove = useAct(DeleteNotificationSubscriptionDocument);
  const it = { subscriptionId: subscription.id };
  const { paused } = subscription;
  const close = () => {
    setAsking(null);
    update.forget();
    again();
  };
  return (
    <>
      <Button
        small
        onPress={() => void update.run({ ...it, ...writtenOf(subscription), paused: !paused }).then(again)}
      >
        {paused ? <Trans>Resume</Trans> : <Trans>Pause</Trans>}
      </Button>
      <Button small onPress={() => setAsking("change")}>
        <Trans>Change</Trans>
      </Button>
      <Button small tone="danger" onPress={() => setAsking("delete")}>
        <Trans>Delete</Trans>
      </Button>
      <Dialog title={t`Change the subscription`} open={asking === "change"} onClose={close}>
        <SubscriptionForm
          start={writtenOf(subscription)}
          problem={update.problem}
          busy={update.busy}
          onSave={(written) => void update.run({ ...it, ...written }).then((done) => done && close())}
          onClose={close}
        />
      </Dialog>
      <Dialog title={t`Delete the subscription?`} open={asking === "delete"} onClose={close} asks>
        <p>
          <Trans>Nobody is told by it any more, and what is listed here goes with it.</Trans>
        </p>
        {remove.problem ? <Failed problem={remove.problem} /> : null}
        <Actions>
          <Button onPress={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            tone="danger"
            busy={remove.busy}
            onPress={() => void remove.run(it).then((done) => done && close())}
          >
            <Trans>Delete</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
