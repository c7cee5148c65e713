import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type EventFactsFragment, type EventKind, RetractEventDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import type { IconName } from "../ui/Icon";
import { Icon } from "../ui/Icon";
import { Panel } from "../ui/Panel";
import { Empty, Failed } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Asset.module.css";
import { RecordEvent } from "./RecordEvent";

export const EVENT_ICONS: Record<EventKind, IconName> = {
  PART_REPLACED: "part",
  MAINTENANCE: "wrench",
  FAILURE: "failure",
};

export function useEventWord(): (kind: EventKind) => string {
  const { t } = useLingui();
  return (kind) =>
    ({ PART_REPLACED: t`Part replaced`, MAINTENANCE: t`Maintenance done`, FAILURE: t`Failure seen` })[kind];
}

interface EventListProps {
  assetId: string;
  events: readonly EventFactsFragment[];
  onChanged: () => void;
}

/** Facts about the asset; recording one can be undone. */
export function EventList({ assetId, events, onChanged }: EventListProps) {
  const may = useMay();
  const [recording, setRecording] = useState(false);
  return (
    <Panel
      title={<Trans>Events</Trans>}
      flush
      actions={
        may("RECORD_EVENT") ? (
          <Button small icon="plus" onPress={() => setRecording(true)}>
            <Trans>Record an event</Trans>
          </Button>
        ) : null
      }
    >
      {events.length === 0 ? (
        <Empty title={<Trans>No events recorded</Trans>}>
          <p>
            <Trans>Record a replaced part, so that alarms are judged against the new normal.</Trans>
          </p>
        </Empty>
      ) : null}
      <ul>
        {events.map((event) => (
          <EventRow key={event.id} event={event} onChanged={onChanged} />
        ))}
      </ul>
      {recording ? (
        <RecordEvent
          assetId={assetId}
          onClose={() => setRecording(false)}
          onRecorded={() => {
            setRecording(false);
            onChanged();
          }}
        />
      ) : null}
    </Panel>
  );
}

function EventRow({ event, onChanged }: { event: EventFactsFragment; onChanged: () => void }) {
  const { t } = useLingui();
  const may = useMay();
  const word = useEventWord();
  const retract = useAct(RetractEventDocument);
  const gone = event.retractedAt !== null;
  return (
    <li className={styles["event"]} data-gone={gone || undefined} data-testid={`event-${event.id}`}>
      <Icon name={EVENT_ICONS[event.kind]} />
      <div>
        <strong>{event.part ? t`${word(event.kind)}: ${event.part}` : word(event.kind)}</strong>
        {event.note ? <p>{event.note}</p> : null}
        <p className={styles["faint"]}>
          <Time at={event.time} /> · <Trans>recorded by {event.recordedBy}</Trans>
          {gone ? (
            <>
              {" · "}
              <Trans>retracted</Trans>
            </>
          ) : null}
        </p>
        {retract.problem ? <Failed problem={retract.problem} /> : null}
      </div>
      {may("RECORD_EVENT") && !gone ? (
        <Button
          small
          tone="quiet"
          icon="undo"
          busy={retract.busy}
          onPress={() => void retract.run({ eventId: event.id }).then(onChanged)}
        >
          <Trans>Undo</Trans>
        </Button>
      ) : null}
    </li>
  );
}
