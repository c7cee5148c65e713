import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type EventFactsFragment, RetractEventDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import type { Range } from "../trend/times";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Notice } from "../ui/Status";
import { EventForm } from "./EventForm";
import { EventRow } from "./EventRow";
import styles from "./Events.module.css";
import { LabelForm } from "./LabelForm";
import { isLabel, useEventText } from "./words";

interface EventListProps {
  assetId: string;
  assetKey: string;
  events: readonly EventFactsFragment[];
  /** What the charts show. */
  range: Range;
  onChanged: () => void;
}

type Open = "event" | "label" | EventFactsFragment | null;

/** Facts about the asset: recorded, corrected, and taken back. */
export function EventList({ assetId, assetKey, events, range, onChanged }: EventListProps) {
  const { t } = useLingui();
  const may = useMay();
  const [open, setOpen] = useState<Open>(null);
  const [made, setMade] = useState<EventFactsFragment | null>(null);
  const close = () => setOpen(null);
  const recorded = (event: EventFactsFragment) => {
    close();
    setMade(open === "event" || open === "label" ? event : null);
    onChanged();
  };
  const corrects = open !== null && typeof open === "object" ? open : undefined;
  return (
    <Panel
      title={<Trans>Events</Trans>}
      flush
      actions={
        may("RECORD_EVENT") ? (
          <>
            <Button small icon="plus" onPress={() => setOpen("event")}>
              <Trans>Something changed</Trans>
            </Button>
            <Button small icon="chart" onPress={() => setOpen("label")}>
              <Trans>Label a range</Trans>
            </Button>
          </>
        ) : null
      }
    >
      {made ? (
        <div className={styles["done"]}>
          <Done
            event={made}
            onUndone={() => {
              setMade(null);
              onChanged();
            }}
          />
        </div>
      ) : null}
      {events.length === 0 ? (
        <Empty title={<Trans>No events recorded</Trans>}>
          <p>
            <Trans>Record a replaced part, so that alarms are judged against the new normal.</Trans>
          </p>
        </Empty>
      ) : null}
      <ul>
        {events.map((event) => (
          <EventRow
            key={event.id}
            event={event}
            onChanged={onChanged}
            onCorrect={isLabel(event.kind) ? null : () => setOpen(event)}
          />
        ))}
      </ul>
      <Dialog title={t`Something changed`} open={open === "event"} onClose={close}>
        <EventForm assetId={assetId} assetKey={assetKey} onCancel={close} onRecorded={recorded} />
      </Dialog>
      <Dialog title={t`Label a range`} open={open === "label"} onClose={close}>
        <LabelForm assetId={assetId} range={range} onCancel={close} onRecorded={recorded} />
      </Dialog>
      <Dialog title={t`Correct an event`} open={corrects !== undefined} onClose={close}>
        {corrects ? (
          <EventForm
            assetId={assetId}
            assetKey={assetKey}
            corrects={corrects}
            onCancel={close}
            onRecorded={recorded}
          />
        ) : null}
      </Dialog>
    </Panel>
  );
}

function Done({ event, onUndone }: { event: EventFactsFragment; onUndone: () => void }) {
  const text = useEventText();
  const retract = useAct(RetractEventDocument);
  return (
    <>
      <Notice
        action={
          <Button
            small
            icon="undo"
            busy={retract.busy}
            onPress={() => void retract.run({ eventId: event.id }).then((done) => done && onUndone())}
          >
            <Trans>Undo</Trans>
          </Button>
        }
      >
        <strong>{text(event)}</strong>: <Trans>recorded.</Trans>
      </Notice>
      {retract.problem ? <Failed problem={retract.problem} /> : null}
    </>
  );
}
