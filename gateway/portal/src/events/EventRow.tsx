import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { type EventFactsFragment, RetractEventDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Failed } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Events.module.css";
import { EVENT_ICONS, useEventText } from "./words";

interface EventRowProps {
  event: EventFactsFragment;
  /** What stands before it: the asset, where events of several are listed. */
  before?: ReactNode;
  onCorrect?: (() => void) | null;
  onChanged: () => void;
}

/** An event, who said so, and what it said before. */
export function EventRow({ event, before, onCorrect = null, onChanged }: EventRowProps) {
  const { t } = useLingui();
  const may = useMay();
  const text = useEventText();
  const retract = useAct(RetractEventDocument);
  const gone = event.retractedAt !== null;
  const from = { PORTAL: t`in the portal`, API: t`by API`, RULE: t`by a rule` }[event.source];
  return (
    <li className={styles["event"]} data-gone={gone || undefined} data-testid={`event-${event.id}`}>
      <Icon name={EVENT_ICONS[event.kind]} />
      <div>
        {before}
        <strong>{text(event)}</strong>
        {event.beginsRegime && !gone ? (
          <span className={styles["regime"]}>
            {" "}
            <Trans>new regime</Trans>
          </span>
        ) : null}
        {event.note ? <p>{event.note}</p> : null}
        <p className={styles["faint"]}>
          <Time at={event.time} />
          {event.end ? (
            <>
              {" – "}
              <Time at={event.end} />
            </>
          ) : null}{" "}
          ·{" "}
          <Trans>
            recorded by {event.recordedBy} {from}
          </Trans>
          {gone ? (
            <>
              {" · "}
              <Trans>retracted by {event.retractedBy ?? "–"}</Trans>
            </>
          ) : null}
        </p>
        {event.revisions.map((said) => (
          <p key={said.number} className={styles["faint"]}>
            <Trans>
              Said before: {text(said)}, <Time at={said.time} />; corrected by {said.correctedBy}
            </Trans>
          </p>
        ))}
        {retract.problem ? <Failed problem={retract.problem} /> : null}
      </div>
      {may("RECORD_EVENT") && !gone ? (
        <div className={styles["acts"]}>
          {onCorrect ? (
            <Button small tone="quiet" onPress={onCorrect}>
              <Trans>Correct</Trans>
            </Button>
          ) : null}
          <Button
            small
            tone="quiet"
            icon="undo"
            busy={retract.busy}
            onPress={() => void retract.run({ eventId: event.id }).then(onChanged)}
          >
            <Trans>Undo</Trans>
          </Button>
        </div>
      ) : null}
    </li>
  );
}
