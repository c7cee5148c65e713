import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Problem } from "../api/problem";
import { signIn } from "../api/session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Failed, Notice } from "../ui/Status";
import { ByProvider } from "./ByProvider";
import { Entrance } from "./Entrance";
import styles from "./Entrance.module.css";
import { lastTenant } from "./lastTenant";

/** Tenant, e-mail, password. The tenant that was used last is filled in; nothing else is kept in the browser. */
export function SignIn({ onSignedIn }: { onSignedIn: (tenant: string) => void }) {
  const { t } = useLingui();
  const [tenant, setTenant] = useState(lastTenant);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const why = await signIn(tenant.trim(), email.trim(), password);
    setBusy(false);
    setProblem(why);
    if (!why) onSignedIn(tenant.trim());
  }

  return (
    <Entrance title={<Trans>Sign in to Andon</Trans>} lead={<Trans>A model for every machine</Trans>}>
      <form className={styles["fields"]} onSubmit={submit}>
        {problem ? <Failed problem={problem} /> : <WhyHere />}
        <Field
          label={t`Tenant`}
          value={tenant}
          onChange={setTenant}
          name="tenant"
          autoComplete="organization"
          hint={t`The short name of your company, as in the address you were given.`}
          required
        />
        <Field
          label={t`E-mail`}
          type="email"
          value={email}
          onChange={setEmail}
          autoComplete="username"
          required
        />
        <Field
          label={t`Password`}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          required
        />
        <Button tone="main" type="submit" busy={busy} isDisabled={!tenant || !email || !password}>
          <Trans>Sign in</Trans>
        </Button>
        <p className={styles["help"]}>
          <Trans>
            No password yet? Ask an admin of your tenant, or open the one-time link that was printed at the
            start.
          </Trans>
        </p>
      </form>
      <ByProvider tenant={tenant.trim()} />
    </Entrance>
  );
}

/** What the gateway sent the browser here for. */
function WhyHere() {
  const why = new URLSearchParams(window.location.search).get("why");
  const text = why ? WHY[why] : null;
  return text ? <Notice tone="silent">{text}</Notice> : null;
}

const WHY: Record<string, ReactNode> = {
  closed: (
    <Trans>
      This tenant is closed by the operator of the platform, so nobody can sign in. Ask them; a one-time link
      stays good until its time is over.
    </Trans>
  ),
  link: (
    <Trans>
      That link was used before or is older than 15 minutes. Ask for a new one, or sign in with your password.
    </Trans>
  ),
  over: (
    <Trans>
      That log-in took too long, was used before, or began in another browser. Choose your provider again.
    </Trans>
  ),
  refused: <Trans>The provider did not let you in, or its answer was not good. Try again.</Trans>,
  unknown: (
    <Trans>
      The provider knows you, and nobody in this tenant is you. Ask an admin to add or invite the e-mail
      address that the provider has of you, and see that the provider calls it verified.
    </Trans>
  ),
  away: <Trans>The provider cannot be asked just now. Try again in a moment, or use your password.</Trans>,
  often: <Trans>Too many log-ins failed from here. Wait a minute before the next one.</Trans>,
};
