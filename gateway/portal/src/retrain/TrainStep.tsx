import { Trans } from "@lingui/react/macro";
import { RunProgress } from "../runs/RunProgress";
import { ended } from "../runs/states";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";

export function TrainStep({ way, go, again }: StepProps) {
  const { run } = way;
  if (!run) return null;
  const retry = run.state === "FAILED" || run.state === "CANCELLED";
  return (
    <Panel
      title={<Trans>3. Training</Trans>}
      note={
        <Trans>
          on rows from <Time at={run.start} /> to <Time at={run.end} />
        </Trans>
      }
    >
      <div className={styles["content"]}>
        <RunProgress run={run} onChanged={again} />
        {ended(run.state) ? (
          <Actions>
            <Button tone={retry ? "main" : "plain"} onPress={() => go("dates")}>
              <Trans>Choose dates again</Trans>
            </Button>
            {retry ? null : (
              <Button tone="main" onPress={() => go("gates")}>
                <Trans>Next: see the gates</Trans>
              </Button>
            )}
          </Actions>
        ) : null}
      </div>
    </Panel>
  );
}
