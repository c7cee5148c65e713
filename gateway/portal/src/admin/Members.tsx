import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import {
  type AccessQuery,
  AddMemberDocument,
  ChangeRoleDocument,
  RemoveMemberDocument,
  type Role,
  SessionsDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useRoleWord } from "../app/Shell";
import { EndOthers, SessionList } from "../sessions/SessionList";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import { Failed } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Access.module.css";

type Member = AccessQuery["members"][number];
export const ROLES: readonly Role[] = ["OPERATOR", "ENGINEER", "ADMIN", "PARTNER"];

export function Members({ members, onChanged }: { members: readonly Member[]; onChanged: () => void }) {
  const { t } = useLingui();
  const [adding, setAdding] = useState(false);
  const [looking, setLooking] = useState<Member | null>(null);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const change = useAct(ChangeRoleDocument);
  const remove = useAct(RemoveMemberDocument);
  const problem = change.problem ?? remove.problem;
  const role = useRoleWord();
  const choices = ROLES.map((key) => ({ key, text: role(key) }));

  async function takeAway() {
    if (!leaving) return;
    await remove.run({ memberId: leaving.id });
    setLeaving(null);
    onChanged();
  }

  return (
    <Panel
      title={<Trans>Members</Trans>}
      flush
      actions={
        <Button small icon="plus" onPress={() => setAdding(true)}>
          <Trans>Add a member</Trans>
        </Button>
      }
    >
      {problem ? <Failed problem={problem} /> : null}
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Name</Trans>
            </th>
            <th scope="col">
              <Trans>E-mail</Trans>
            </th>
            <th scope="col">
              <Trans>Role</Trans>
            </th>
            <th scope="col">
              <Trans>Since</Trans>
            </th>
            <th scope="col">
              <span className="for-readers">
                <Trans>Actions</Trans>
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.id}>
              <td>{member.name}</td>
              <td>{member.email}</td>
              <td className={styles["role"]}>
                <Choose
                  label={t`Role of ${member.name}`}
                  hideLabel
                  value={member.role}
                  choices={choices}
                  onChange={(next) => void change.run({ memberId: member.id, role: next }).then(onChanged)}
                />
              </td>
              <td>
                <Time at={member.createdAt} />
              </td>
              <td className="number">
                <Button small tone="quiet" onPress={() => setLooking(member)}>
                  <Trans>Sessions</Trans>
                </Button>
                <Button small tone="danger" onPress={() => setLeaving(member)}>
                  <Trans>Remove</Trans>
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {looking ? <MemberSessions member={looking} onClose={() => setLooking(null)} /> : null}
      {adding ? (
        <AddMember
          onClose={() => setAdding(false)}
          onAdded={() => {
            setAdding(false);
            onChanged();
          }}
        />
      ) : null}
      <Dialog
        title={t`Remove ${leaving?.name ?? ""}?`}
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        asks
      >
        <p>
          <Trans>Access ends at once, in every browser. You can add the person again.</Trans>
        </p>
        <Actions>
          <Button onPress={() => setLeaving(null)}>
            <Trans>Keep</Trans>
          </Button>
          <Button tone="danger" busy={remove.busy} onPress={() => void takeAway()}>
            <Trans>Remove</Trans>
          </Button>
        </Actions>
      </Dialog>
    </Panel>
  );
}

function MemberSessions({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useLingui();
  const { data, ...known } = useAsked(SessionsDocument, { memberId: member.id });
  return (
    <Dialog title={t`Where ${member.name} is signed in`} open onClose={onClose}>
      <SessionList sessions={data?.sessions} {...known} />
      <Actions>
        <EndOthers sessions={data?.sessions} memberId={member.id} again={known.again} />
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

function AddMember({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const { t } = useLingui();
  const word = useRoleWord();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("OPERATOR");
  const add = useAct(AddMemberDocument);
  const about = (field: string) => (add.problem?.field === field ? add.problem.message : null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await add.run({ name: name.trim(), email: email.trim(), role, password })) onAdded();
  }

  return (
    <Dialog title={t`Add a member`} open onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        <Field label={t`Name`} value={name} onChange={setName} error={about("name")} required autoFocus />
        <Field
          label={t`E-mail`}
          type="email"
          value={email}
          onChange={setEmail}
          error={about("email")}
          required
        />
        <Choose
          label={t`Role`}
          value={role}
          choices={ROLES.map((key) => ({ key, text: word(key) }))}
          onChange={setRole}
        />
        <Field
          label={t`First password`}
          type="password"
          value={password}
          onChange={setPassword}
          error={about("password")}
          autoComplete="new-password"
          hint={t`Tell it to the person yourself.`}
          required
        />
        {add.problem && !add.problem.field ? <Failed problem={add.problem} /> : null}
        <Actions>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" type="submit" busy={add.busy} isDisabled={!name || !email || !password}>
            <Trans>Add</Trans>
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
