import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import {
  type NotificationMailState,
  NotificationMailsDocument,
  type NotificationMailsQuery,
} from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { count } from "../ui/format";
import type { IconName } from "../ui/Icon";
import { Failed, Mark, Skeleton, type Tone } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import styles from "../webhooks/Webhooks.module.css";

type Mail = NonNullable<NotificationMailsQuery["notificationSubscription"]>["mails"]["edges"][number]["node"];

const LOOKS: Record<NotificationMailState, [Tone, IconName]> = {
  WAITING: ["plain", "wait"],
  SENT: ["good", "pass"],
  FAILED: ["alarm", "fail"],
};

/** What was sent for a subscription, newest first, and what the server said. `asked` grows with each test. */
export function Mails({ subscriptionId, asked }: { subscriptionId: string; asked: number }) {
  const { t } = useLingui();
  const listed = useListed(
    NotificationMailsDocument,
    { id: subscriptionId, state: null },
    (data) => data.notificationSubscription?.mails ?? NONE,
    ({ id }) => id,
    2500,
  );
  const { again } = listed;
  useEffect(() => {
    if (asked > 0) again();
  }, [asked, again]);
  if (listed.problem) return <Failed problem={listed.problem} again={again} />;
  if (!listed.loaded) return <Skeleton />;
  if (listed.nodes.length === 0)
    return (
      <p className={styles["hint"]}>
        <Trans>Nothing was sent yet. A test message tells whether the way works.</Trans>
      </p>
    );
  return (
    <>
      <table aria-label={t`Mails`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>State</Trans>
            </th>
            <th scope="col">
              <Trans>Mail</Trans>
            </th>
            <th scope="col">
              <Trans>What came of it</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {listed.nodes.map((mail) => (
            <Row key={mail.id} mail={mail} />
          ))}
        </tbody>
      </table>
      {listed.more ? (
        <div className={styles["more"]}>
          <Button small onPress={listed.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Row({
  mail: { subject, test, items, state, tries, nextTryAt, lastError, createdAt },
}: {
  mail: Mail;
}) {
  const { t } = useLingui();
  const [tone, icon] = LOOKS[state];
  return (
    <tr>
      <td>
        <Mark tone={tone} icon={icon}>
          {{ WAITING: t`Waiting`, SENT: t`Sent`, FAILED: t`Given up` }[state]}
        </Mark>
      </td>
      <td>
        {subject}
        <div className={styles["hint"]}>
          {test ? <Trans>Test</Trans> : <Plural value={items} one="# message" other="# messages" />}{" "}
          <Ago at={createdAt} />
        </div>
      </td>
      <td>
        {lastError}
        <div className={styles["hint"]}>
          {state === "WAITING" && tries > 0 && nextTryAt ? (
            <Trans>
              Try {count(tries)}. Next <Time at={nextTryAt} />.
            </Trans>
          ) : null}
        </div>
      </td>
    </tr>
  );
}
