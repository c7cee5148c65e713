import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Failed } from "../ui/Status";
import styles from "./Access.module.css";

export interface Written {
  name: string;
  issuer: string;
  clientId: string;
  secret: string;
  domains: string;
}

export const NEW: Written = { name: "", issuer: "", clientId: "", secret: "", domains: "" };

/** `a.example, b.example` as a list. */
export const domainsOf = (text: string): string[] => text.split(/[\s,;]+/).filter((part) => part !== "");

interface ProviderFormProps {
  start: Written;
  /** Of a provider that is there already: its issuer stays, and an empty secret keeps the present one. */
  known?: { hasSecret: boolean };
  problem: Problem | null;
  busy: boolean;
  onSave: (written: Written) => void;
  onClose: () => void;
}

const FIELDS = ["name", "issuer", "clientId", "clientSecret", "domains"];

/** What Andon has to know of a provider of identity. */
export function ProviderForm({ start, known, problem, busy, onSave, onClose }: ProviderFormProps) {
  const { t } = useLingui();
  const [written, setWritten] = useState(start);
  const about = (field: string) => (problem?.field === field ? problem.message : null);
  const { name, issuer, clientId, secret, domains } = written;

  function submit(event: FormEvent) {
    event.preventDefault();
    onSave(written);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field
        label={t`Name on the button`}
        value={name}
        onChange={(next) => setWritten({ ...written, name: next })}
        error={about("name")}
        required
        autoFocus
      />
      {known ? null : (
        <Field
          label={t`Issuer`}
          value={issuer}
          onChange={(next) => setWritten({ ...written, issuer: next })}
          error={about("issuer")}
          hint={t`Such as https://login.example/realms/works, exactly as the provider writes itself.`}
          required
        />
      )}
      <Field
        label={t`Client`}
        value={clientId}
        onChange={(next) => setWritten({ ...written, clientId: next })}
        error={about("clientId")}
        hint={t`The id that the provider gave to Andon.`}
        autoComplete="off"
        required
      />
      <Field
        label={t`Secret of the client`}
        type="password"
        value={secret}
        onChange={(next) => setWritten({ ...written, secret: next })}
        error={about("clientSecret")}
        hint={known?.hasSecret ? t`Empty: the present one stays.` : t`Empty for a client without one.`}
        autoComplete="new-password"
      />
      <Field
        label={t`Domains`}
        value={domains}
        onChange={(next) => setWritten({ ...written, domains: next })}
        error={about("domains")}
        hint={t`Of e-mail addresses that may come by it, with commas between. Empty: all.`}
      />
      {problem && !FIELDS.includes(problem.field ?? "") ? <Failed problem={problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={busy} isDisabled={!name || !issuer || !clientId}>
          <Trans>Save</Trans>
        </Button>
      </Actions>
    </form>
  );
}
