import { Trans } from "@lingui/react/macro";
import { RetractEventDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { EventForm } from "../events/EventForm";
import { useEventText } from "../events/words";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed, Notice } from "../ui/Status";
import { Time } from "../ui/Time";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";

export function EventStep({ asset, way, go, again }: StepProps) {
  const text = useEventText();
  const may = useMay();
  const retract = useAct(RetractEventDocument);
  const { event } = way;
  return (
    <Panel title={<Trans>1. Was a part replaced?</Trans>}>
      <div className={styles["content"]}>
        {event ? (
          <>
            <Notice
              action={
                may("RECORD_EVENT") ? (
                  <Button
                    small
                    icon="undo"
                    busy={retract.busy}
                    onPress={() => void retract.run({ eventId: event.id }).then(again)}
                  >
                    <Trans>Undo</Trans>
                  </Button>
                ) : null
              }
            >
              <strong>{text(event)}</strong>, <Time at={event.time} />.{" "}
              <Trans>The old normal is gone; a new regime began. Undo takes this back.</Trans>
            </Notice>
            {retract.problem ? <Failed problem={retract.problem} /> : null}
            <Actions>
              <Button tone="main" onPress={() => go("dates")}>
                <Trans>Next: choose dates</Trans>
              </Button>
            </Actions>
          </>
        ) : (
          <>
            <p>
              <Trans>
                Recording it tells Andon that the old normal is gone. If nothing was replaced, go on to the
                dates.
              </Trans>
            </p>
            <EventForm
              assetId={asset.id}
              assetKey={asset.key}
              onRecorded={() => {
                again();
                go("dates");
              }}
            />
            <Button tone="quiet" onPress={() => go("dates")}>
              <Trans>Nothing was replaced: choose dates</Trans>
            </Button>
          </>
        )}
      </div>
    </Panel>
  );
}
