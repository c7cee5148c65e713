import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { type EventFactsFragment, type EventKind, RecordEventDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField, toLocalField, zone } from "../ui/format";
import { Failed } from "../ui/Status";
import styles from "./Asset.module.css";
import { useEventWord } from "./EventList";

const KINDS: readonly EventKind[] = ["PART_REPLACED", "MAINTENANCE", "FAILURE"];

interface FormProps {
  assetId: string;
  kind?: EventKind;
  onCancel?: () => void;
  onRecorded: (event: EventFactsFragment) => void;
}

/** The form alone, for a dialog or a step of the guided way. */
export function EventForm({ assetId, kind: fixed, onCancel, onRecorded }: FormProps) {
  const { t } = useLingui();
  const word = useEventWord();
  const [kind, setKind] = useState<EventKind>(fixed ?? "PART_REPLACED");
  const [time, setTime] = useState(() => toLocalField(new Date()));
  const [part, setPart] = useState("");
  const [note, setNote] = useState("");
  const record = useAct(RecordEventDocument);
  const at = fromLocalField(time);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!at) return;
    const done = await record.run({ assetId, kind, time: at, note: note.trim(), part: part.trim() || null });
    if (done) onRecorded(done);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      {fixed ? null : (
        <Choose
          label={t`What happened`}
          value={kind}
          choices={KINDS.map((key) => ({ key, text: word(key) }))}
          onChange={setKind}
        />
      )}
      <Field
        label={t`When`}
        type="datetime-local"
        value={time}
        onChange={setTime}
        hint={t`In the time zone of this browser, ${zone()}.`}
        error={
          record.problem?.field === "time" ? record.problem.message : at ? null : t`Type a date and a time.`
        }
        required
      />
      {kind === "PART_REPLACED" ? (
        <Field
          label={t`Which part`}
          value={part}
          onChange={setPart}
          hint={t`As your spare parts list names it.`}
        />
      ) : null}
      <Field label={t`Note`} value={note} onChange={setNote} />
      {record.problem && record.problem.field !== "time" ? <Failed problem={record.problem} /> : null}
      <p className={styles["faint"]}>
        {kind === "PART_REPLACED" ? (
          <Trans>
            A replaced part starts a new regime: open alarms are cleared. Undo in the list of events brings
            the old regime back.
          </Trans>
        ) : (
          <Trans>Undo in the list of events takes it back.</Trans>
        )}
      </p>
      <Actions>
        {onCancel ? (
          <Button onPress={onCancel}>
            <Trans>Cancel</Trans>
          </Button>
        ) : null}
        <Button tone="main" type="submit" busy={record.busy} isDisabled={!at}>
          <Trans>Record</Trans>
        </Button>
      </Actions>
    </form>
  );
}

export function RecordEvent({
  assetId,
  onClose,
  onRecorded,
}: {
  assetId: string;
  onClose: () => void;
  onRecorded: () => void;
}) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Record an event`} open onClose={onClose}>
      <EventForm assetId={assetId} onCancel={onClose} onRecorded={onRecorded} />
    </Dialog>
  );
}
