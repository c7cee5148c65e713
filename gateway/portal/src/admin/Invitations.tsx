import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { address } from "../api/base";
import {
  type AccessQuery,
  InviteMemberDocument,
  RevokeInvitationDocument,
  type Role,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useRoleWord } from "../app/Shell";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import { Empty, Failed } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Access.module.css";
import { ROLES } from "./Members";
import { ShownOnce } from "./ShownOnce";

type Invitation = AccessQuery["invitations"][number];

/** Open invitations, and a way to make one. */
export function Invitations({
  invitations,
  onChanged,
}: {
  invitations: readonly Invitation[];
  onChanged: () => void;
}) {
  const { t } = useLingui();
  const [inviting, setInviting] = useState(false);
  const revoke = useAct(RevokeInvitationDocument);
  const role = useRoleWord();

  return (
    <Panel
      title={<Trans>Invitations</Trans>}
      note={<Trans>A link that works once, for 7 days. You pass it on yourself.</Trans>}
      flush
      actions={
        <Button small icon="plus" onPress={() => setInviting(true)}>
          <Trans>Invite a person</Trans>
        </Button>
      }
    >
      {revoke.problem ? <Failed problem={revoke.problem} /> : null}
      {invitations.length === 0 ? <Empty title={<Trans>Nobody is invited just now</Trans>} /> : null}
      {invitations.length > 0 ? (
        <table aria-label={t`Invitations`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>E-mail</Trans>
              </th>
              <th scope="col">
                <Trans>Role</Trans>
              </th>
              <th scope="col">
                <Trans>Invited by</Trans>
              </th>
              <th scope="col">
                <Trans>Good until</Trans>
              </th>
              <th scope="col">
                <span className="for-readers">
                  <Trans>Actions</Trans>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {invitations.map((invitation) => (
              <tr key={invitation.id}>
                <td>{invitation.email}</td>
                <td>{role(invitation.role)}</td>
                <td>{invitation.invitedBy}</td>
                <td>
                  <Time at={invitation.expiresAt} />
                </td>
                <td className="number">
                  <Button
                    small
                    tone="danger"
                    aria-label={t`Withdraw the invitation of ${invitation.email}`}
                    onPress={() => void revoke.run({ invitationId: invitation.id }).then(onChanged)}
                  >
                    <Trans>Withdraw</Trans>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {inviting ? (
        <Invite
          onClose={() => {
            setInviting(false);
            onChanged();
          }}
        />
      ) : null}
    </Panel>
  );
}

function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [token, setToken] = useState<string | null>(null);
  return (
    <Dialog title={t`Invite a person`} open onClose={onClose} asks={token !== null}>
      {token ? (
        <ShownOnce text={address(`invitation#${token}`)} onClose={onClose}>
          <Trans>
            Copy the link now and send it to the person. Whoever opens it first becomes the member; it cannot
            be shown again.
          </Trans>
        </ShownOnce>
      ) : (
        <InviteForm onClose={onClose} onInvited={setToken} />
      )}
    </Dialog>
  );
}

function InviteForm({ onClose, onInvited }: { onClose: () => void; onInvited: (token: string) => void }) {
  const { t } = useLingui();
  const word = useRoleWord();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("OPERATOR");
  const invite = useAct(InviteMemberDocument);
  const about = invite.problem?.field === "email" ? invite.problem : null;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const made = await invite.run({ email: email.trim(), role });
    if (made) onInvited(made.token);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field
        label={t`E-mail`}
        type="email"
        value={email}
        onChange={setEmail}
        error={about?.message ?? null}
        hint={t`They will sign in with it.`}
        required
        autoFocus
      />
      <Choose
        label={t`Role`}
        value={role}
        choices={ROLES.map((key) => ({ key, text: word(key) }))}
        onChange={setRole}
      />
      {invite.problem && !about ? <Failed problem={invite.problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={invite.busy} isDisabled={!email}>
          <Trans>Make the link</Trans>
        </Button>
      </Actions>
    </form>
  );
}
