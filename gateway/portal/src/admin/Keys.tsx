import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Checkbox, CheckboxGroup, Label } from "react-aria-components";
import {
  type AccessQuery,
  CreateApiKeyDocument,
  type Permission,
  RevokeApiKeyDocument,
  RotateApiKeyDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useSession } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import styles from "./Access.module.css";
import { ShownOnce } from "./ShownOnce";

type Key = AccessQuery["apiKeys"][number];
/** Hours. */
type Overlap = "0" | "1" | "24" | "168" | "720";

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
      QUERY: t`Ask in own GraphQL`,
      READ_AUDIT: t`Read the audit trail`,
      MANAGE_WEBHOOKS: t`Manage webhooks`,
      MANAGE_NOTIFICATIONS: t`Manage notifications`,
      MANAGE_PLUGINS: t`Manage plugins`,
      REGISTER_PIPELINES: t`Register pipelines`,
      OPEN_CAPSULES: t`Open capsules`,
      USE_WORKBENCH: t`Use a workbench`,
    })[permission];
}

export function Keys({ keys, onChanged }: { keys: readonly Key[]; onChanged: () => void }) {
  const { t } = useLingui();
  const [creating, setCreating] = useState(false);
  const [rotating, setRotating] = useState<Key | null>(null);
  const [ending, setEnding] = useState<Key | null>(null);
  const revoke = useAct(RevokeApiKeyDocument);
  const word = usePermissionWord();
  const successors = new Set(keys.flatMap(({ replaces }) => (replaces ? [replaces.id] : [])));

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
              <tr key={key.id} className={lives(key) ? "" : styles["gone"]}>
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
                  ) : key.expiresAt && successors.has(key.id) ? (
                    <Trans>
                      <Time at={key.expiresAt} />, replaced
                    </Trans>
                  ) : key.expiresAt ? (
                    <Time at={key.expiresAt} />
                  ) : (
                    <Trans>never</Trans>
                  )}
                </td>
                <td className={styles["acts"]}>
                  {lives(key) && !successors.has(key.id) ? (
                    <Button small onPress={() => setRotating(key)}>
                      <Trans>Rotate</Trans>
                    </Button>
                  ) : null}{" "}
                  {lives(key) ? (
                    <Button small tone="danger" onPress={() => setEnding(key)}>
                      <Trans>Revoke</Trans>
                    </Button>
                  ) : null}
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
            What uses this key is refused at once. This cannot be undone; a new key has another secret. A key
            that it takes the place of ends too.
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
      {rotating ? (
        <RotateKey
          apiKey={rotating}
          onClose={() => {
            setRotating(null);
            onChanged();
          }}
        />
      ) : null}
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

function lives({ revokedAt, expiresAt }: Key): boolean {
  return !revokedAt && (!expiresAt || Date.parse(expiresAt) > Date.now());
}

function CreateKey({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog title={t`Create an API key`} open onClose={onClose} asks={secret !== null}>
      {secret ? (
        <ShownOnce text={secret} onClose={onClose}>
          <Trans>Copy the key now. It is not kept anywhere and cannot be shown again.</Trans>
        </ShownOnce>
      ) : (
        <KeyForm onClose={onClose} onCreated={setSecret} />
      )}
    </Dialog>
  );
}

/** A new secret beside the old one, for as long as it takes to hand it out. */
function RotateKey({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const { t } = useLingui();
  const [overlap, setOverlap] = useState<Overlap>("24");
  const rotate = useAct(RotateApiKeyDocument);
  const [secret, setSecret] = useState<string | null>(null);
  const choices: { key: Overlap; text: string }[] = [
    { key: "0", text: t`Not at all` },
    { key: "1", text: t`An hour` },
    { key: "24", text: t`A day` },
    { key: "168", text: t`7 days` },
    { key: "720", text: t`30 days` },
  ];

  async function confirm() {
    const made = await rotate.run({ keyId: apiKey.id, overlapHours: Number(overlap) });
    if (made) setSecret(made.secret);
  }

  return (
    <Dialog title={t`Rotate ${apiKey.name}`} open onClose={onClose} asks={secret !== null}>
      {secret ? (
        <ShownOnce text={secret} onClose={onClose}>
          <Trans>Copy the key now. It is not kept anywhere and cannot be shown again.</Trans>
        </ShownOnce>
      ) : (
        <div className={styles["form"]}>
          <p>
            <Trans>
              A new secret with the same name and rights takes the place of {apiKey.prefix}…, which goes on
              working for a while so that nothing stops in between.
            </Trans>
          </p>
          <Choose
            label={t`The old one goes on for`}
            value={overlap}
            choices={choices}
            onChange={setOverlap}
          />
          {rotate.problem ? <Failed problem={rotate.problem} /> : null}
          <Actions>
            <Button onPress={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button tone="main" busy={rotate.busy} onPress={() => void confirm()}>
              <Trans>Make the new secret</Trans>
            </Button>
          </Actions>
        </div>
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
