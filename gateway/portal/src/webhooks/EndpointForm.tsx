import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Checkbox, CheckboxGroup, Label } from "react-aria-components";
import { WebhookTypesDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import type { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Failed, Skeleton } from "../ui/Status";
import styles from "./Webhooks.module.css";

export interface Written {
  url: string;
  types: string[];
  description: string;
}

interface EndpointFormProps {
  start: Written;
  problem: Problem | null;
  busy: boolean;
  onSave: (written: Written) => void;
  onClose: () => void;
}

/** Where news is posted, and which. */
export function EndpointForm({ start, problem, busy, onSave, onClose }: EndpointFormProps) {
  const { t } = useLingui();
  const [url, setUrl] = useState(start.url);
  const [description, setDescription] = useState(start.description);
  const [types, setTypes] = useState(start.types);
  const known = useAsked(WebhookTypesDocument, {});
  const atUrl = problem?.field === "url" ? problem.message : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    onSave({ url: url.trim(), types, description: description.trim() });
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field
        label={t`Address`}
        value={url}
        onChange={setUrl}
        hint={t`Such as https://mes.example/andon. A public one, unless who runs Andon opened its network.`}
        error={atUrl}
        required
        autoFocus
      />
      <Field label={t`What receives it`} value={description} onChange={setDescription} />
      {known.problem ? <Failed problem={known.problem} again={known.again} /> : null}
      {known.loading ? <Skeleton lines={6} /> : null}
      {known.data ? (
        <CheckboxGroup className={styles["types"] ?? ""} value={types} onChange={setTypes}>
          <Label>{t`News that it gets`}</Label>
          {known.data.webhookTypes.map(({ name, means }) => (
            <Checkbox key={name} value={name} className={styles["check"] ?? ""}>
              <span className={styles["box"]} aria-hidden="true" />
              <span>
                <code>{name}</code> <span className={styles["hint"]}>{means}</span>
              </span>
            </Checkbox>
          ))}
        </CheckboxGroup>
      ) : null}
      {problem && !atUrl ? <Failed problem={problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={busy} isDisabled={!url || types.length === 0}>
          <Trans>Save</Trans>
        </Button>
      </Actions>
    </form>
  );
}
