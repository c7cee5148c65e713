import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Checkbox, CheckboxGroup, Label } from "react-aria-components";
import {
  type CreateNotificationSubscriptionInput,
  NotifiableMembersDocument,
  NotificationChoicesDocument,
  type SubscriptionFactsFragment,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import type { Problem } from "../api/problem";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Failed, Skeleton } from "../ui/Status";
import styles from "../webhooks/Webhooks.module.css";
import { addressesIn } from "./addresses";
import { OFTEN, useOftenWord } from "./often";

export type Written = Omit<CreateNotificationSubscriptionInput, "idempotencyKey">;

export const FRESH: Written = {
  name: "",
  types: ["ALARM_RAISED", "CASE_OPENED"],
  addresses: [],
  memberIds: [],
  site: null,
  line: null,
  labels: null,
  everyMinutes: 15,
  quiet: null,
  paused: false,
};

/** What is written of a subscription that there is. */
export function writtenOf(subscription: SubscriptionFactsFragment): Written {
  const { name, types, addresses, members, site, line, labels, everyMinutes, quiet, paused } = subscription;
  return {
    name,
    types: [...types],
    addresses: [...addresses],
    memberIds: members.map(({ id }) => id),
    site,
    line,
    labels,
    everyMinutes,
    quiet: quiet ? { start: quiet.start, end: quiet.end, zone: quiet.zone } : null,
    paused,
  };
}

interface SubscriptionFormProps {
  start: Written;
  problem: Problem | null;
  busy: boolean;
  onSave: (written: Written) => void;
  onClose: () => void;
}

/** Who is told of which news, about which machines, and how often. */
export function SubscriptionForm({ start, problem, busy, onSave, onClose }: SubscriptionFormProps) {
  const { t } = useLingui();
  const often = useOftenWord();
  const [written, setWritten] = useState(start);
  const [addresses, setAddresses] = useState((start.addresses ?? []).join(", "));
  const [from, setFrom] = useState(start.quiet?.start ?? "");
  const [until, setUntil] = useState(start.quiet?.end ?? "");
  const zone = start.quiet?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const change = (part: Partial<Written>) => setWritten((before) => ({ ...before, ...part }));
  const at = (field: string) => (problem?.field === field ? problem.message : null);
  const shown = ["name", "addresses", "everyMinutes", "labels", "quiet"];

  function submit(event: FormEvent) {
    event.preventDefault();
    const quiet = from || until ? { start: from.trim(), end: until.trim(), zone } : null;
    onSave({ ...written, addresses: addressesIn(addresses), quiet });
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Field
        label={t`Name`}
        value={written.name}
        onChange={(name) => change({ name })}
        hint={t`Such as Night shift, line 3.`}
        error={at("name")}
        required
        autoFocus
      />
      <Types chosen={written.types} onChange={(types) => change({ types })} />
      <Field
        label={t`Mail addresses`}
        value={addresses}
        onChange={setAddresses}
        hint={t`With commas between them.`}
        error={at("addresses")}
      />
      <Members chosen={written.memberIds ?? []} onChange={(memberIds) => change({ memberIds })} />
      <Field label={t`Only of the site`} value={written.site ?? ""} onChange={(site) => change({ site })} />
      <Field label={t`Only of the line`} value={written.line ?? ""} onChange={(line) => change({ line })} />
      <Field
        label={t`Only with the labels`}
        value={written.labels ?? ""}
        onChange={(labels) => change({ labels })}
        hint={t`Such as team=3, !retired. Left empty, all machines.`}
        error={at("labels")}
      />
      <Choose
        label={t`How often at most`}
        value={String(written.everyMinutes ?? 15)}
        choices={OFTEN.map((minutes) => ({ key: String(minutes), text: often(minutes) }))}
        onChange={(minutes) => change({ everyMinutes: Number(minutes) })}
      />
      <Field
        label={t`Quiet from`}
        value={from}
        onChange={setFrom}
        hint={t`Such as 22:00, in the time zone ${zone}. What happens then is told afterwards.`}
        error={at("quiet")}
      />
      <Field label={t`Quiet until`} value={until} onChange={setUntil} />
      {problem && !shown.includes(problem.field ?? "") ? <Failed problem={problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          tone="main"
          type="submit"
          busy={busy}
          isDisabled={!written.name.trim() || written.types.length === 0}
        >
          <Trans>Save</Trans>
        </Button>
      </Actions>
    </form>
  );
}

interface ChosenProps<Key extends string> {
  chosen: readonly Key[];
  onChange: (chosen: Key[]) => void;
}

function Types({ chosen, onChange }: ChosenProps<Written["types"][number]>) {
  const { t } = useLingui();
  const known = useAsked(NotificationChoicesDocument, {});
  if (known.problem) return <Failed problem={known.problem} again={known.again} />;
  if (!known.data) return <Skeleton lines={4} />;
  const choices = known.data.notificationTypes.map(({ type, means }) => ({ key: type, text: means }));
  return <Checks label={t`When`} choices={choices} chosen={chosen} onChange={onChange} />;
}

function Members({ chosen, onChange }: ChosenProps<string>) {
  const { t } = useLingui();
  const may = useMay()("MANAGE_MEMBERS");
  const known = useAsked(NotifiableMembersDocument, {}, 0, !may);
  if (!known.data) return null;
  const choices = known.data.members.map(({ id, name, email }) => ({ key: id, text: `${name} (${email})` }));
  return <Checks label={t`Members`} choices={choices} chosen={chosen} onChange={onChange} />;
}

function Checks<Key extends string>({
  label,
  choices,
  chosen,
  onChange,
}: ChosenProps<Key> & { label: string; choices: readonly { key: Key; text: string }[] }) {
  return (
    <CheckboxGroup
      className={styles["types"] ?? ""}
      value={[...chosen]}
      onChange={(keys) => onChange(keys as Key[])}
    >
      <Label>{label}</Label>
      {choices.map(({ key, text }) => (
        <Checkbox key={key} value={key} className={styles["check"] ?? ""}>
          <span className={styles["box"]} aria-hidden="true" />
          <span>{text}</span>
        </Checkbox>
      ))}
    </CheckboxGroup>
  );
}
