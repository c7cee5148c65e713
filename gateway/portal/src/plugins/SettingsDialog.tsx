import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { type PluginFactsFragment, PutPluginSettingsDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Failed } from "../ui/Status";
import { fieldsOf, given, type SettingField, textOf } from "./form";
import styles from "./Plugins.module.css";

interface SettingsDialogProps {
  plugin: PluginFactsFragment;
  /** JSON Schema, as the plugin's version in use brings it. */
  form: unknown;
  onClose: (changed: boolean) => void;
}

/** A plugin's settings, asked for as its form says. A secret that is set is never shown, and stays unless it is typed anew. */
export function SettingsDialog({ plugin, form, onClose }: SettingsDialogProps) {
  const { t } = useLingui();
  const fields = fieldsOf(form);
  const present = plugin.settings as Record<string, unknown>;
  const [written, setWritten] = useState<Record<string, string>>(
    Object.fromEntries(
      fields.map((field) => [field.key, field.secret ? "" : textOf(field, present[field.key])]),
    ),
  );
  const [wrong, setWrong] = useState<string | null>(null);
  const put = useAct(PutPluginSettingsDocument);

  function submit(event: FormEvent) {
    event.preventDefault();
    const { settings, secrets, wrong: none } = given(fields, written);
    setWrong(none);
    if (none) return;
    void put.run({ plugin: plugin.name, settings, secrets }).then((done) => done && onClose(true));
  }

  return (
    <Dialog title={t`Settings of ${plugin.name}`} open onClose={() => onClose(false)}>
      <form className={styles["form"]} onSubmit={submit}>
        {fields.map((field) => (
          <Setting
            key={field.key}
            field={field}
            value={written[field.key] ?? ""}
            isSet={plugin.secrets.includes(field.key)}
            error={wrong === field.key ? t`This is no ${field.kind}.` : null}
            onChange={(text) => setWritten({ ...written, [field.key]: text })}
          />
        ))}
        {put.problem ? <Failed problem={put.problem} /> : null}
        <Actions>
          <Button onPress={() => onClose(false)}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" type="submit" busy={put.busy}>
            <Trans>Save</Trans>
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}

interface SettingProps {
  field: SettingField;
  value: string;
  isSet: boolean;
  error: string | null;
  onChange: (text: string) => void;
}

function Setting({ field, value, isSet, error, onChange }: SettingProps) {
  const { t } = useLingui();
  if (field.kind === "choice" || field.kind === "boolean") {
    const choices =
      field.kind === "boolean"
        ? [
            { key: "true", text: t`Yes` },
            { key: "false", text: t`No` },
          ]
        : field.choices.map((key) => ({ key, text: key }));
    return (
      <div>
        <Choose label={field.title} value={value || null} choices={choices} onChange={onChange} />
        <div className={styles["hint"]}>{field.description}</div>
      </div>
    );
  }
  return (
    <Field
      label={field.title}
      value={value}
      onChange={onChange}
      type={field.secret ? "password" : "text"}
      autoComplete="off"
      required={field.required && !isSet}
      hint={
        field.secret && isSet
          ? t`It is set, and stays if you leave this empty. ${field.description}`
          : field.description
      }
      error={error}
    />
  );
}
