import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  CreateWebhookEndpointDocument,
  WebhookEndpointsDocument,
  type WebhookEndpointsQuery,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { EndpointForm } from "./EndpointForm";
import { Secret } from "./Secret";
import { EndpointMark } from "./WebhookMark";
import styles from "./Webhooks.module.css";

/** Addresses that news of this tenant is posted to. */
export default function Webhooks() {
  const allowed = useMay()("MANAGE_WEBHOOKS");
  const [adding, setAdding] = useState(false);
  const { data, problem, loading, again } = useAsked(WebhookEndpointsDocument, {}, 5000, !allowed);
  if (!allowed)
    return (
      <Empty title={<Trans>This page is for admins</Trans>}>
        <p>
          <Trans>Ask an admin of your tenant for the role.</Trans>
        </p>
      </Empty>
    );
  return (
    <Page
      title={<Trans>Webhooks</Trans>}
      lead={<Trans>Addresses of your other systems that are told when something happens here.</Trans>}
      actions={
        <Button tone="main" icon="plus" onPress={() => setAdding(true)}>
          <Trans>Add an address</Trans>
        </Button>
      }
    >
      <Panel title={<Trans>Addresses</Trans>} flush>
        {problem ? <Failed problem={problem} again={again} /> : null}
        {loading ? <Skeleton lines={4} /> : null}
        {data?.webhookEndpoints.length === 0 ? (
          <Empty title={<Trans>No address yet</Trans>}>
            <p>
              <Trans>
                Add one, and a system such as an MES or a chat hears of alarms, runs and promotions within
                seconds.
              </Trans>
            </p>
          </Empty>
        ) : null}
        {data && data.webhookEndpoints.length > 0 ? <Table endpoints={data.webhookEndpoints} /> : null}
      </Panel>
      {adding ? (
        <Add
          onClose={() => {
            setAdding(false);
            again();
          }}
        />
      ) : null}
    </Page>
  );
}

function Table({ endpoints }: { endpoints: WebhookEndpointsQuery["webhookEndpoints"] }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Addresses`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Address</Trans>
          </th>
          <th scope="col">
            <Trans>News that it gets</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {endpoints.map(({ id, url, description, types, state, reason }) => (
          <tr key={id}>
            <td>
              <EndpointMark state={state} />
            </td>
            <td className={styles["url"]}>
              <Link href={`/webhooks/${encodeURIComponent(id)}`}>{url}</Link>
              <div className={styles["hint"]}>{reason ?? description}</div>
            </td>
            <td>{types.join(", ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [secret, setSecret] = useState<string | null>(null);
  const create = useAct(CreateWebhookEndpointDocument);
  return (
    <Dialog title={t`Add an address`} open onClose={onClose} asks={secret !== null}>
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <EndpointForm
          start={{ url: "", types: ["run.ended", "alarm.raised"], description: "" }}
          problem={create.problem}
          busy={create.busy}
          onSave={(written) => void create.run(written).then((made) => made && setSecret(made.secret))}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
