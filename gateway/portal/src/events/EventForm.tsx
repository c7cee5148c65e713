import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Checkbox } from "react-aria-components";
import {
  CorrectEventDocument,
  type EventFactsFragment,
  type EventKind,
  PartsDocument,
  RecordEventDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField, toLocalField, zone } from "../ui/format";
import { Failed } from "../ui/Status";
import { presetBegins } from "./begins";
import styles from "./Events.module.css";
import { useEventWord } from "./words";

const KINDS: readonly EventKind[] = ["PART_REPLACED", "RECIPE_CHANGE", "MAINTENANCE", "FAILURE"];

interface FormProps {
  assetId: string;
  assetKey: string;
  kind?: EventKind;
  /** What is corrected; none: something new is recorded. */
  corrects?: EventFactsFragment;
  onCancel?: () => void;
  onRecorded: (event: EventFactsFragment) => void;
}

/** What happened to a machine, to record it or to say it anew; for a dialog or a step of the guided way. */
export function EventForm(props: FormProps) {
  const { assetId, assetKey, kind: fixed, corrects, onCancel, onRecorded } = props;
  const { t } = useLingui();
  const word = useEventWord();
  const [kind, setKind] = useState<EventKind>(corrects?.kind ?? fixed ?? "PART_REPLACED");
  const [time, setTime] = useState(() => toLocalField(corrects?.time ?? new Date()));
  const [part, setPart] = useState(corrects?.part ?? "");
  const [note, setNote] = useState(corrects?.note ?? "");
  const [chosen, setChosen] = useState<boolean | null>(corrects?.beginsRegime ?? null);
  const parts = useAsked(PartsDocument, { key: assetKey }).data?.asset?.parts ?? [];
  const record = useAct(RecordEventDocument);
  const correct = useAct(CorrectEventDocument);
  const problem = record.problem ?? correct.problem;
  const at = fromLocalField(time);
  const preset = presetBegins(kind, part, parts);
  const begins = preset === null ? null : (chosen ?? preset);
  const atTime = problem?.field === "time";

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!at) return;
    // A field holds whole minutes: who corrects something else does not mean to move it.
    const same = corrects !== undefined && time === toLocalField(corrects.time);
    const said = {
      kind,
      time: same ? corrects.time : at,
      note: note.trim(),
      part: kind === "PART_REPLACED" ? part.trim() || null : null,
      beginsRegime: begins,
    };
    const done = corrects
      ? await correct.run({ eventId: corrects.id, end: null, ...said })
      : await record.run({ assetId, ...said });
    if (done) onRecorded(done);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      {fixed ? null : (
        <Choose
          label={t`What happened`}
          value={kind}
          choices={KINDS.map((key) => ({ key, text: word(key) }))}
          onChange={(next) => {
            setKind(next);
            setChosen(null);
          }}
        />
      )}
      <Field
        label={t`When`}
        type="datetime-local"
        value={time}
        onChange={setTime}
        hint={t`In the time zone of this browser, ${zone()}.`}
        error={atTime ? problem.message : at ? null : t`Type a date and a time.`}
        required
      />
      {kind === "PART_REPLACED" ? (
        <Field
          label={t`Which part`}
          value={part}
          onChange={setPart}
          hint={t`As your spare parts list names it.`}
          suggestions={parts.map(({ name }) => name)}
        />
      ) : null}
      <Field label={t`Note`} value={note} onChange={setNote} />
      {begins === null ? null : (
        <Checkbox className={styles["check"] ?? ""} isSelected={begins} onChange={setChosen}>
          <span className={styles["box"]} aria-hidden="true" />
          <span>
            <Trans>The machine's normal is another one now</Trans>
          </span>
        </Checkbox>
      )}
      {problem && !atTime ? <Failed problem={problem} /> : null}
      <p className={styles["faint"]}>
        {begins ? (
          <Trans>
            A new regime starts: open alarms are cleared, new ones of the model that answers now are muted for
            3 days at most, and a case waits for a new model. Undo brings the old regime back.
          </Trans>
        ) : (
          <Trans>Alarms and models stay as they are. Undo takes it back.</Trans>
        )}
      </p>
      <Actions>
        {onCancel ? (
          <Button onPress={onCancel}>
            <Trans>Cancel</Trans>
          </Button>
        ) : null}
        <Button tone="main" type="submit" busy={record.busy || correct.busy} isDisabled={!at}>
          {corrects ? <Trans>Correct</Trans> : <Trans>Record</Trans>}
        </Button>
      </Actions>
    </form>
  );
}
