import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { useSubscription } from "urql";
import {
  CancelRunDocument,
  type RunFactsFragment,
  type RunState,
  RunUpdatedDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { percent, span } from "../ui/format";
import type { IconName } from "../ui/Icon";
import { Icon } from "../ui/Icon";
import { Failed, Mark, Progress, type Tone } from "../ui/Status";
import styles from "./Runs.module.css";
import { ended, stagesOf } from "./states";

export function useRunWord(): (state: RunState) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      QUEUED: t`Waiting`,
      FREEZING: t`Freezing rows`,
      STARTING: t`Starting the cluster`,
      TRAINING: t`Training`,
      CHECKING: t`Checking at the gates`,
      CANCELLING: t`Cancelling`,
      SUCCEEDED: t`Succeeded`,
      STOPPED: t`Stopped by gates`,
      FAILED: t`Failed`,
      CANCELLED: t`Cancelled`,
    })[state];
}

export function RunMark({ state }: { state: RunState }) {
  const word = useRunWord();
  const looks: Partial<Record<RunState, [Tone, IconName]>> = {
    SUCCEEDED: ["good", "pass"],
    STOPPED: ["silent", "fail"],
    FAILED: ["alarm", "failure"],
    CANCELLED: ["plain", "close"],
  };
  const [tone, icon] = looks[state] ?? ["act", "wait"];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}

/** The newest facts about a run, live until it ended. */
export function useLiveRun(run: RunFactsFragment, onEnded: () => void): RunFactsFragment {
  const over = ended(run.state);
  const [{ data }] = useSubscription({ query: RunUpdatedDocument, variables: { id: run.id }, pause: over });
  const live = over ? run : (data?.runUpdated ?? run);
  const finished = !over && ended(live.state);
  useEffect(() => {
    if (finished) onEnded();
  }, [finished, onEnded]);
  return live;
}

/** Stage by stage, with the time each took; cancelling is possible until it ended. */
export function RunProgress({ run, onChanged }: { run: RunFactsFragment; onChanged: () => void }) {
  const { t } = useLingui();
  const may = useMay();
  const live = useLiveRun(run, onChanged);
  const cancel = useAct(CancelRunDocument);
  const word = useRunWord();
  const over = ended(live.state);
  return (
    <div className={styles["progress"]} data-testid="run-progress">
      <div className={styles["headline"]}>
        <RunMark state={live.state} />
        <span>{percent(live.progress)}</span>
        {!over && may("TRAIN") ? (
          <Button
            small
            icon="close"
            busy={cancel.busy || live.state === "CANCELLING"}
            onPress={() => void cancel.run({ runId: live.id }).then(onChanged)}
          >
            <Trans>Cancel the run</Trans>
          </Button>
        ) : null}
      </div>
      <Progress share={live.progress} label={t`Progress of the run`} />
      <p role="status">{live.message}</p>
      {cancel.problem ? <Failed problem={cancel.problem} /> : null}
      <ol className={styles["stages"]}>
        {stagesOf(live).map(({ stage, state, seconds }) => (
          <li key={stage} data-state={state} aria-current={state === "now" ? "step" : undefined}>
            <Icon name={state === "done" ? "pass" : state === "now" ? "wait" : "none"} size={14} />
            <span>{word(stage)}</span>
            <span className={styles["spent"]}>
              {seconds === null || state === "ahead" ? null : span(seconds)}
            </span>
          </li>
        ))}
      </ol>
      {over ? null : (
        <p className={styles["hint"]}>
          <Trans>You may leave this page; the run goes on, and the champion keeps answering.</Trans>
        </p>
      )}
    </div>
  );
}
