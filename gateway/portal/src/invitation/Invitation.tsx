import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useEffect, useState } from "react";
import type { Problem } from "../api/problem";
import { acceptInvitation, type Invited, readInvitation } from "../api/session";
import { Entrance } from "../app/Entrance";
import styles from "../app/Entrance.module.css";
import { useRoleWord } from "../app/Shell";
import { Button, LinkButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { Failed, Skeleton } from "../ui/Status";

/** The page behind an invitation's link. The token stands after `#`, so that no log or proxy ever has it. */
export default function Invitation({ onSignedIn }: { onSignedIn: (tenant: string) => void }) {
  const token = window.location.hash.slice(1);
  const [invited, setInvited] = useState<Invited | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    let left = false;
    void readInvitation(token).then((answer) => {
      if (left) return;
      if ("problem" in answer) setProblem(answer.problem);
      else setInvited(answer.done);
    });
    return () => {
      left = true;
    };
  }, [token]);

  if (problem && REFUSED.includes(problem.code)) return <NoLonger />;
  if (invited) return <Join token={token} invited={invited} onSignedIn={onSignedIn} onRefused={setProblem} />;
  return (
    <Entrance title={<Trans>Invitation</Trans>}>
      {problem ? <Failed problem={problem} again={() => window.location.reload()} /> : <Skeleton lines={4} />}
    </Entrance>
  );
}

/** Codes of a link that cannot be used, an empty one among them. */
const REFUSED = ["CREDENTIAL_REFUSED", "BAD_REQUEST"];

function NoLonger() {
  return (
    <Entrance title={<Trans>This invitation cannot be used</Trans>}>
      <p>
        <Trans>
          It was used before, withdrawn, replaced by a newer one, or is older than 7 days. Ask the person who
          sent it for a new link.
        </Trans>
      </p>
      <p>
        <Trans>Have you joined already? Then sign in with your e-mail and the password you chose.</Trans>
      </p>
      <LinkButton href="/sign-in">
        <Trans>Go to the sign-in page</Trans>
      </LinkButton>
    </Entrance>
  );
}

interface JoinProps {
  token: string;
  invited: Invited;
  onSignedIn: (tenant: string) => void;
  onRefused: (problem: Problem) => void;
}

function Join({ token, invited, onSignedIn, onRefused }: JoinProps) {
  const { t } = useLingui();
  const role = useRoleWord();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const about = (field: string) => (problem?.field === field ? problem.message : null);
  const elsewhere = problem && !about("name") && !about("password");

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const answer = await acceptInvitation(token, name.trim(), password);
    setBusy(false);
    if ("done" in answer) return onSignedIn(invited.tenant.slug);
    if (REFUSED.includes(answer.problem.code)) return onRefused(answer.problem);
    setProblem(answer.problem);
  }

  return (
    <Entrance
      title={<Trans>Join {invited.tenant.name}</Trans>}
      lead={
        <Trans>
          {invited.invitedBy} invited {invited.email} as {role(invited.role)}.
        </Trans>
      }
    >
      <form className={styles["fields"]} onSubmit={submit}>
        {elsewhere ? <Failed problem={problem} /> : null}
        <input type="hidden" name="username" autoComplete="username" value={invited.email} readOnly />
        <Field
          label={t`Your name`}
          value={name}
          onChange={setName}
          error={about("name")}
          autoComplete="name"
          hint={t`Others see it beside what you do.`}
          required
          autoFocus
        />
        <Field
          label={t`A password of your own`}
          type="password"
          value={password}
          onChange={setPassword}
          error={about("password")}
          autoComplete="new-password"
          hint={t`At least 12 characters; a few words make a good one.`}
          required
        />
        <Button tone="main" type="submit" busy={busy} isDisabled={!name.trim() || !password}>
          <Trans>Join</Trans>
        </Button>
      </form>
    </Entrance>
  );
}
