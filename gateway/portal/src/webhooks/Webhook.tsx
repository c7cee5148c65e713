import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  DeleteWebhookEndpointDocument,
  PauseWebhookEndpointDocument,
  PingWebhookEndpointDocument,
  ResumeWebhookEndpointDocument,
  RotateWebhookSecretDocument,
  UpdateWebhookEndpointDocument,
  WebhookEndpointDocument,
  type WebhookEndpointQuery,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { Button, LinkButton } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { Deliveries } from "./Deliveries";
import { EndpointForm } from "./EndpointForm";
import { Secret } from "./Secret";
import { EndpointMark } from "./WebhookMark";
import styles from "./Webhooks.module.css";

type Endpoint = NonNullable<WebhookEndpointQuery["webhookEndpoint"]>;

/** One address: its state, what can be done with it, and what became of the news. */
export default function Webhook({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(WebhookEndpointDocument, { id }, 5000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.webhookEndpoint)
    return (
      <Empty title={<Trans>There is no such address here</Trans>}>
        <LinkButton href="/webhooks">
          <Trans>Go to the webhooks</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown endpoint={data.webhookEndpoint} again={again} />;
}

function Shown({ endpoint, again }: { endpoint: Endpoint; again: () => void }) {
  const pause = useAct(PauseWebhookEndpointDocument);
  const resume = useAct(ResumeWebhookEndpointDocument);
  const ping = useAct(PingWebhookEndpointDocument);
  const [pinged, setPinged] = useState(false);
  const it = { endpointId: endpoint.id };
  const problem = pause.problem ?? resume.problem ?? ping.problem;
  const active = endpoint.state === "ACTIVE";
  return (
    <Page
      title={endpoint.description || endpoint.url}
      above={
        <Link href="/webhooks">
          <Trans>Webhooks</Trans>
        </Link>
      }
      lead={<span className={styles["url"]}>{endpoint.url}</span>}
      actions={
        <>
          <Button busy={ping.busy} onPress={() => void ping.run(it).then((made) => setPinged(made !== null))}>
            <Trans>Send a ping</Trans>
          </Button>
          {active ? (
            <Button busy={pause.busy} onPress={() => void pause.run(it).then(again)}>
              <Trans>Pause</Trans>
            </Button>
          ) : (
            <Button tone="main" busy={resume.busy} onPress={() => void resume.run(it).then(again)}>
              <Trans>Resume</Trans>
            </Button>
          )}
        </>
      }
    >
      {problem ? <Failed problem={problem} /> : null}
      {pinged ? (
        <Notice>
          <Trans>A ping is on its way. What comes of it stands below within seconds.</Trans>
        </Notice>
      ) : null}
      <Panel title={<Trans>Where it stands</Trans>} actions={<Changes endpoint={endpoint} again={again} />}>
        <EndpointMark state={endpoint.state} />
        {endpoint.reason ? <p>{endpoint.reason}</p> : null}
        {endpoint.failingSince ? (
          <p>
            <Trans>
              Nothing arrived since <Time at={endpoint.failingSince} />.
            </Trans>
          </p>
        ) : null}
        {endpoint.formerSecretUntil ? (
          <p>
            <Trans>
              The secret before signs as well until <Time at={endpoint.formerSecretUntil} />.
            </Trans>
          </p>
        ) : null}
        <p className={styles["hint"]}>{endpoint.types.join(", ")}</p>
      </Panel>
      <Deliveries endpointId={endpoint.id} />
    </Page>
  );
}

function Changes({ endpoint, again }: { endpoint: Endpoint; again: () => void }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState<"change" | "rotate" | "delete" | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [, navigate] = useLocation();
  const update = useAct(UpdateWebhookEndpointDocument);
  const rotate = useAct(RotateWebhookSecretDocument);
  const remove = useAct(DeleteWebhookEndpointDocument);
  const it = { endpointId: endpoint.id };
  const close = () => {
    setAsking(null);
    setSecret(null);
    again();
  };
  return (
    <>
      <Button small onPress={() => setAsking("change")}>
        <Trans>Change</Trans>
      </Button>
      <Button small onPress={() => setAsking("rotate")}>
        <Trans>New secret</Trans>
      </Button>
      <Button small tone="danger" onPress={() => setAsking("delete")}>
        <Trans>Delete</Trans>
      </Button>
      <Dialog title={t`Change the address`} open={asking === "change"} onClose={close}>
        <EndpointForm
          start={{ url: endpoint.url, types: [...endpoint.types], description: endpoint.description }}
          problem={update.problem}
          busy={update.busy}
          onSave={(written) => void update.run({ ...it, ...written }).then((done) => done && close())}
          onClose={close}
        />
      </Dialog>
      <Dialog title={t`Make a new secret?`} open={asking === "rotate"} onClose={close} asks>
        {secret ? (
          <Secret secret={secret} onClose={close} />
        ) : (
          <Asked
            text={
              <Trans>
                For 24 hours news is signed with the present secret as well. Give the receiver the new one by
                then.
              </Trans>
            }
            word={<Trans>Make it</Trans>}
            act={rotate}
            onSure={() => void rotate.run(it).then((made) => made && setSecret(made.secret))}
            onClose={close}
          />
        )}
      </Dialog>
      <Dialog title={t`Delete the address?`} open={asking === "delete"} onClose={close} asks>
        <Asked
          text={<Trans>Nothing more is posted to it, and what is listed here goes with it.</Trans>}
          word={<Trans>Delete</Trans>}
          act={remove}
          onSure={() => void remove.run(it).then((done) => done && navigate("/webhooks"))}
          onClose={close}
        />
      </Dialog>
    </>
  );
}

interface AskedProps {
  text: ReactNode;
  word: ReactNode;
  act: Pick<ReturnType<typeof useAct>, "busy" | "problem">;
  onSure: () => void;
  onClose: () => void;
}

function Asked({ text, word, act, onSure, onClose }: AskedProps) {
  return (
    <>
      <p>{text}</p>
      {act.problem ? <Failed problem={act.problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Not now</Trans>
        </Button>
        <Button tone="danger" busy={act.busy} onPress={onSure}>
          {word}
        </Button>
      </Actions>
    </>
  );
}
