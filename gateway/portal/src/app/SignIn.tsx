import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { Problem } from "../api/problem";
import { signIn } from "../api/session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Failed } from "../ui/Status";
import styles from "./SignIn.module.css";
import { StackLight } from "./StackLight";

/** Tenant, e-mail, password. The tenant that was used last is filled in; nothing else is kept in the browser. */
export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const { t } = useLingui();
  const [tenant, setTenant] = useState(() => window.localStorage.getItem("andon.tenant") ?? "");
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
    if (why) return;
    window.localStorage.setItem("andon.tenant", tenant.trim());
    onSignedIn();
  }

  return (
    <main className={styles["page"]}>
      <form className={styles["form"]} onSubmit={submit} aria-labelledby="sign-in">
        <div className={styles["brand"]}>
          <StackLight counts={new Map()} />
          <div>
            <h1 id="sign-in">
              <Trans>Sign in to Andon</Trans>
            </h1>
            <p>
              <Trans>A model for every machine</Trans>
            </p>
          </div>
        </div>
        {problem ? <Failed problem={problem} /> : null}
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
    </main>
  );
}
