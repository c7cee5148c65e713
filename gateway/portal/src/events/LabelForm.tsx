import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { type EventFactsFragment, LabelRangeDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { iso, type Range } from "../trend/times";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField, span, toLocalField, zone } from "../ui/format";
import { Failed } from "../ui/Status";
import styles from "./Events.module.css";
import { useEventWord } from "./words";

const LABELS = ["ABNORMAL", "NORMAL"] as const;

interface LabelFormProps {
  assetId: string;
  /** What the charts show: the times that somebody dragged to. */
  range: Range;
  onCancel: () => void;
  onRecorded: (event: EventFactsFragment) => void;
}

/** Says of a range of time how it was. */
export function LabelForm({ assetId, range, onCancel, onRecorded }: LabelFormProps) {
  const { t } = useLingui();
  const word = useEventWord();
  const [label, setLabel] = useState<(typeof LABELS)[number]>("ABNORMAL");
  const [from, setFrom] = useState(() => toLocalField(iso(range.from)));
  const [to, setTo] = useState(() => toLocalField(iso(Math.min(range.to, Date.now() / 1000))));
  const [note, setNote] = useState("");
  const act = useAct(LabelRangeDocument);
  const start = fromLocalField(from);
  const end = fromLocalField(to);
  const length = start && end ? Date.parse(end) - Date.parse(start) : 0;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!start || !end) return;
    const done = await act.run({ assetIds: [assetId], label, start, end, note: note.trim() });
    const made = done?.events[0];
    if (made) onRecorded(made);
  }

  return (
    <form className={styles["form"]} onSubmit={submit}>
      <p className={styles["faint"]}>
        <Trans>
          The times are those that the charts show: drag on a chart first, or type. Whoever chooses dates for
          training sees abnormal times in red.
        </Trans>
      </p>
      <Choose
        label={t`How it was`}
        value={label}
        choices={LABELS.map((key) => ({ key, text: word(key) }))}
        onChange={setLabel}
      />
      <Field label={t`From`} type="datetime-local" value={from} onChange={setFrom} required />
      <Field
        label={t`To`}
        type="datetime-local"
        value={to}
        onChange={setTo}
        hint={length > 0 ? `${span(length / 1000)}, ${zone()}` : null}
        error={length > 0 ? null : t`The end must lie after the start.`}
        required
      />
      <Field label={t`Note`} value={note} onChange={setNote} />
      {act.problem ? <Failed problem={act.problem} /> : null}
      <Actions>
        <Button onPress={onCancel}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="main" type="submit" busy={act.busy} isDisabled={length <= 0}>
          <Trans>Label these times</Trans>
        </Button>
      </Actions>
    </form>
  );
}
