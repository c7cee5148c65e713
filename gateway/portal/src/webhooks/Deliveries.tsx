import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  RedeliverWebhookDocument,
  WebhookDeliveriesDocument,
  type WebhookDeliveriesQuery,
  type WebhookDeliveryState,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { count } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { DELIVERY_STATES, DeliveryMark, useDeliveryWord } from "./WebhookMark";
import styles from "./Webhooks.module.css";

type Delivery = NonNullable<WebhookDeliveriesQuery["webhookEndpoint"]>["deliveries"]["edges"][number]["node"];

/** What was posted to an address, newest first, and what came of it. */
export function Deliveries({ endpointId }: { endpointId: string }) {
  const { t } = useLingui();
  const word = useDeliveryWord();
  const [show, setShow] = useState<WebhookDeliveryState | "ALL">("ALL");
  const listed = useListed(
    WebhookDeliveriesDocument,
    { id: endpointId, state: show === "ALL" ? null : show },
    (data) => data.webhookEndpoint?.deliveries ?? NONE,
    ({ id }) => id,
    2500,
  );
  const again = useAct(RedeliverWebhookDocument);
  const choices = [
    { key: "ALL" as const, text: t`All deliveries` },
    ...DELIVERY_STATES.map((state) => ({ key: state, text: word(state) })),
  ];
  return (
    <Panel
      title={<Trans>Deliveries</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {again.problem ? <Failed problem={again.problem} /> : null}
      {listed.problem ? <Failed problem={listed.problem} again={listed.again} /> : null}
      {!listed.loaded && !listed.problem ? <Skeleton lines={4} /> : null}
      {listed.loaded && listed.nodes.length === 0 ? (
        <Empty title={<Trans>Nothing here</Trans>}>
          <p>
            <Trans>News appears here as it happens. A ping tells whether the address works.</Trans>
          </p>
        </Empty>
      ) : null}
      {listed.nodes.length > 0 ? (
        <Table
          nodes={listed.nodes}
          onAgain={(deliveryId) => void again.run({ deliveryId }).then(listed.again)}
        />
      ) : null}
      {listed.more ? (
        <div className={styles["more"]}>
          <Button small onPress={listed.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Table({ nodes, onAgain }: { nodes: readonly Delivery[]; onAgain: (id: string) => void }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Deliveries`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>News</Trans>
          </th>
          <th scope="col">
            <Trans>What came of it</Trans>
          </th>
          <th scope="col">
            <span className="for-readers">
              <Trans>Actions</Trans>
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <tr key={node.id}>
            <td>
              <DeliveryMark state={node.state} />
            </td>
            <td>
              <code>{node.type}</code>
              <div className={styles["hint"]}>
                <Ago at={node.createdAt} />
              </div>
            </td>
            <td>
              <Result node={node} />
            </td>
            <td className="number">
              <Button small onPress={() => onAgain(node.id)}>
                <Trans>Send again</Trans>
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Result({ node }: { node: Delivery }) {
  const { lastError, lastStatus, durationMs, tries, nextTryAt, state } = node;
  return (
    <>
      {lastError ?? (lastStatus !== null ? <Trans>Answered {lastStatus}.</Trans> : null)}
      <div className={styles["hint"]}>
        {durationMs === null ? null : (
          <Trans>
            Try {count(tries)}, {count(durationMs)} ms.
          </Trans>
        )}{" "}
        {state === "WAITING" && tries > 0 && nextTryAt ? (
          <Trans>
            Next <Time at={nextTryAt} />.
          </Trans>
        ) : null}
      </div>
    </>
  );
}
