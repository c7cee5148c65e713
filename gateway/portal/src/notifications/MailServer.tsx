import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import {
  type MailSecurity,
  type NotificationsQuery,
  RemoveMailServerDocument,
  SetMailServerDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import { Failed } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "../webhooks/Webhooks.module.css";

type Server = NotificationsQuery["mailServer"];

/** The server that mail goes by, without its password. */
export function MailServer({ server, again }: { server: Server; again: () => void }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  const remove = useAct(RemoveMailServerDocument);
  const word = useSecurityWord();
  const close = () => {
    setAsking(false);
    again();
  };
  return (
    <Panel
      title={<Trans>Mail server</Trans>}
      actions={
        <>
          <Button small onPress={() => setAsking(true)}>
            {server ? <Trans>Change</Trans> : <Trans>Set the mail server</Trans>}
          </Button>
          {server ? (
            <Button small tone="danger" busy={remove.busy} onPress={() => void remove.run({}).then(again)}>
              <Trans>Remove</Trans>
            </Button>
          ) : null}
        </>
      }
    >
      {remove.problem ? <Failed problem={remove.problem} /> : null}
      {server ? (
        <>
          <p>
            {server.host}:{server.port}, {word(server.security)}
            {server.username ? `, ${server.username}` : null}
          </p>
          <p className={styles["hint"]}>
            <Trans>
              Mail comes from {server.sender}. Set by {server.changedBy}, <Time at={server.changedAt} />.
            </Trans>
          </p>
        </>
      ) : (
        <p className={styles["hint"]}>
          <Trans>None is set. Without one nothing is sent; what happens waits for two days.</Trans>
        </p>
      )}
      <Dialog title={t`Mail server`} open={asking} onClose={close}>
        <ServerForm server={server} onClose={close} />
      </Dialog>
    </Panel>
  );
}

function useSecurityWord(): (security: MailSecurity) => string {
  const { t } = useLingui();
  return (security) =>
    ({ STARTTLS: "STARTTLS", TLS: "TLS", NONE: t`not encrypted, in the plant's own network only` })[security];
}

function ServerForm({ server, onClose }: { server: Server; onClose: () => void }) {
  const { t } = useLingui();
  const word = useSecurityWord();
  const act = useAct(SetMailServerDocument);
  const [host, setHost] = useState(server?.host ?? "");
  const [port, setPort] = useState(String(server?.port ?? 587));
  const [security, setSecurity] = useState<MailSecurity>(server?.security ?? "STARTTLS");
  const [sender, setSender] = useState(server?.sender ?? "");
  const [username, setUsername] = useState(server?.username ?? "");
  const [password, setPassword] = useState("");
  const at = (field: string) => (act.problem?.field === field ? act.problem.message : null);
  const shown = ["host", "port", "sender", "username", "password"];

  function submit(event: FormEvent) {
    event.preventDefault();
    const known = { host, port: Number(port), security, sender, username: username || null };
    void act.run({ ...known, password: password || null }).then((done) => done && onClose());
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field
        label={t`Host`}
        value={host}
        onChange={setHost}
        hint={t`Such as smtp.example.com. A public one, unless who runs Andon opened its network.`}
        error={at("host")}
        required
        autoFocus
      />
      <Field label={t`Port`} value={port} onChange={setPort} error={at("port")} required />
      <Choose
        label={t`Encryption`}
        value={security}
        choices={(["STARTTLS", "TLS", "NONE"] as const).map((key) => ({ key, text: word(key) }))}
        onChange={setSecurity}
      />
      <Field
        label={t`Mail comes from`}
        value={sender}
        onChange={setSender}
        type="email"
        error={at("sender")}
        required
      />
      <Field
        label={t`User name`}
        value={username}
        onChange={setUsername}
        error={at("username")}
        autoComplete="off"
      />
      <Field
        label={t`Password`}
        value={password}
        onChange={setPassword}
        type="password"
        hint={server?.hasPassword ? t`Left empty, the one that is kept stays.` : null}
        error={at("password")}
        autoComplete="new-password"
      />
      {act.problem && !shown.includes(act.problem.field ?? "") ? <Failed problem={act.problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={act.busy} isDisabled={!host || !sender || !Number(port)}>
          <Trans>Save</Trans>
        </Button>
      </Actions>
    </form>
  );
}
