import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Checkbox, CheckboxGroup, Label } from "react-aria-components";
import {
  type AccessQuery,
  CreateApiKeyDocument,
  type Permission,
  RevokeApiKeyDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useSession } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Notice } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import styles from "./Access.module.css";

type Key = AccessQuery["apiKeys"][number];

export function usePermissionWord(): (permission: Permission) => string {
  const { t } = useLingui();
  return (permission) =>
    ({
      VIEW: t`See everything`,
      INGEST: t`Send readings`,
      SCORE: t`Ask for scores`,
      RECORD_EVENT: t`Record events`,
      HANDLE_ALARM: t`Handle alarms`,
      TRAIN: t`Train`,
      PROMOTE: t`Promote`,
      EDIT_PLANT: t`Edit assets and contracts`,
      EDIT_BLUEPRINTS: t`Edit blueprints`,
      MANAGE_MEMBERS: t`Manage members`,
      MANAGE_KEYS: t`Manage keys`,
      READ_AUDIT: t`Read the audit trail`,
    })[permission];
}

export function Keys({ keys, onChanged }: { keys: readonly Key[]; onChanged: () => void }) {
  const { t } = useLingui();
  const [creating, setCreating] = useState(false);
  const [ending, setEnding] = useState<Key | null>(null);
  const revoke = useAct(RevokeApiKeyDocument);
  const word = usePermissionWord();

  async function end() {
    if (!ending) return;
    await revoke.run({ keyId: ending.id });
    setEnding(null);
    onChanged();
  }

  return (
    <Panel
      title={<Trans>API keys</Trans>}
      note={<Trans>For programs. The secret is shown once.</Trans>}
      flush
      actions={
        <Button small icon="plus" onPress={() => setCreating(true)}>
          <Trans>Create a key</Trans>
        </Button>
      }
    >
      {revoke.problem ? <Failed problem={revoke.problem} /> : null}
      {keys.length === 0 ? <Empty title={<Trans>No key yet</Trans>} /> : null}
      {keys.length > 0 ? (
        <table aria-label={t`API keys`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Name</Trans>
              </th>
              <th scope="col">
                <Trans>Begins with</Trans>
              </th>
              <th scope="col">
                <Trans>May</Trans>
              </th>
              <th scope="col">
                <Trans>Last used</Trans>
              </th>
              <th scope="col">
                <Trans>Ends</Trans>
              </th>
              <th scope="col">
                <span className="for-readers">
                  <Trans>Actions</Trans>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id} className={key.revokedAt ? styles["gone"] : ""}>
                <td>{key.name}</td>
                <td>
                  <code>{key.prefix}…</code>
                </td>
                <td>{key.scopes.map(word).join(", ")}</td>
                <td>{key.lastUsedAt ? <Ago at={key.lastUsedAt} /> : <Trans>never</Trans>}</td>
                <td>
                  {key.revokedAt ? (
                    <Trans>
                      revoked <Ago at={key.revokedAt} />
                    </Trans>
                  ) : key.expiresAt ? (
                    <Time at={key.expiresAt} />
                  ) : (
                    <Trans>never</Trans>
                  )}
                </td>
                <td className="number">
                  {key.revokedAt ? null : (
                    <Button small tone="danger" onPress={() => setEnding(key)}>
                      <Trans>Revoke</Trans>
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <Dialog
        title={t`Revoke ${ending?.name ?? ""}?`}
        open={ending !== null}
        onClose={() => setEnding(null)}
        asks
      >
        <p>
          <Trans>
            What uses this key is refused at once. This cannot be undone; a new key has another secret.
          </Trans>
        </p>
        <Actions>
          <Button onPress={() => setEnding(null)}>
            <Trans>Keep</Trans>
          </Button>
          <Button tone="danger" busy={revoke.busy} onPress={() => void end()}>
            <Trans>Revoke</Trans>
          </Button>
        </Actions>
      </Dialog>
      {creating ? (
        <CreateKey
          onClose={() => {
            setCreating(false);
            onChanged();
          }}
        />
      ) : null}
    </Panel>
  );
}

function CreateKey({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog title={t`Create an API key`} open onClose={onClose} asks={secret !== null}>
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <KeyForm onClose={onClose} onCreated={setSecret} />
      )}
    </Dialog>
  );
}

function KeyForm({ onClose, onCreated }: { onClose: () => void; onCreated: (secret: string) => void }) {
  const { t } = useLingui();
  const { me } = useSession();
  const word = usePermissionWord();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Permission[]>(["INGEST"]);
  const [until, setUntil] = useState("");
  const create = useAct(CreateApiKeyDocument);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const made = await create.run({ name: name.trim(), scopes, expiresAt: fromLocalField(until) });
    if (made) onCreated(made.secret);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field label={t`Name`} value={name} onChange={setName} hint={t`What will use it.`} required autoFocus />
      <CheckboxGroup
        className={styles["scopes"] ?? ""}
        value={scopes}
        onChange={(next) => setScopes(next as Permission[])}
      >
        <Label>{t`It may`}</Label>
        {me.permissions.map((permission) => (
          <Checkbox key={permission} value={permission} className={styles["check"] ?? ""}>
            <span className={styles["box"]} aria-hidden="true" />
            {word(permission)}
          </Checkbox>
        ))}
      </CheckboxGroup>
      <Field label={t`Ends (empty: never)`} type="datetime-local" value={until} onChange={setUntil} />
      {create.problem ? <Failed problem={create.problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={create.busy} isDisabled={!name || scopes.length === 0}>
          <Trans>Create</Trans>
        </Button>
      </Actions>
    </form>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={styles["form"]}>
      <Notice tone="act">
        <Trans>Copy the key now. It is not kept anywhere and cannot be shown again.</Trans>
      </Notice>
      <code className={styles["secret"]} data-testid="secret">
        {secret}
      </code>
      <Actions>
        <Button onPress={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
          {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
        </Button>
        <Button tone="main" onPress={onClose}>
          <Trans>I have kept it</Trans>
        </Button>
      </Actions>
    </div>
  );
}
