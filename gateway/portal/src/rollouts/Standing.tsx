import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  CancelRolloutDocument,
  PauseRolloutDocument,
  ResumeRolloutDocument,
  RollBackRolloutDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { percent } from "../ui/format";
import { Failed, Notice, Progress } from "../ui/Status";
import type { RolloutData } from "./Rollout";
import { RolloutMark } from "./RolloutMark";
import styles from "./Rollouts.module.css";
import { over, type Step, stepsOf, totalOf } from "./states";

interface StandingProps {
  rollout: RolloutData;
  again: () => void;
}

/** The state, the sentence that says why, the run under way, and what a person may do about it. */
export function Standing({ rollout, again }: StandingProps) {
  const { t } = useLingui();
  const { run, state } = rollout;
  return (
    <div className={styles["standing"]}>
      <div className={styles["headline"]}>
        <RolloutMark state={state} />
        {over(state) ? null : (
          <span>
            <Trans>
              Cohort {rollout.cohort} of {rollout.cohortCount}
            </Trans>
          </span>
        )}
      </div>
      <Notice tone={state === "PAUSED" ? "silent" : state === "DONE" ? "good" : "plain"}>
        {rollout.message}
      </Notice>
      {run ? (
        <>
          <div className={styles["headline"]}>
            <Link href={`/runs/${encodeURIComponent(run.id)}`}>
              <Trans>Run of this cohort</Trans>
            </Link>
            <span>{percent(run.progress)}</span>
            <span className={styles["hint"]}>{run.message}</span>
          </div>
          <Progress share={run.progress} label={t`Progress of the run`} />
        </>
      ) : null}
      <Steps rollout={rollout} again={again} />
      {state === "RUNNING" ? (
        <p className={styles["hint"]}>
          <Trans>
            You may leave this page; the rollout goes on, and the champions keep answering meanwhile.
          </Trans>
        </p>
      ) : null}
    </div>
  );
}

/** The buttons; what cannot be taken back by the button beside it asks first. */
function Steps({ rollout, again }: StandingProps) {
  const may = useMay();
  const { t } = useLingui();
  const [asking, setAsking] = useState<Step | null>(null);
  const acts = {
    pause: useAct(PauseRolloutDocument),
    resume: useAct(ResumeRolloutDocument),
    cancel: useAct(CancelRolloutDocument),
    rollBack: useAct(RollBackRolloutDocument),
  };
  const promoted = totalOf(rollout.cohorts).get("PROMOTED") ?? 0;
  const steps = stepsOf(rollout.state).filter((step) => step !== "rollBack" || promoted > 0);
  if (!may("TRAIN") || !may("PROMOTE") || (steps.length === 0 && !asking)) return null;
  const problem = Object.values(acts).find((act) => act.problem)?.problem ?? null;
  const words = {
    pause: t`Pause`,
    resume: t`Resume`,
    cancel: t`Cancel the rollout`,
    rollBack: t`Roll back all`,
  };
  const act = async (step: Step) => {
    for (const each of Object.values(acts)) each.forget();
    const done = await acts[step].run({ rolloutId: rollout.id });
    setAsking(null);
    if (done) again();
  };
  const asks = (step: Step) => step === "cancel" || step === "rollBack";
  return (
    <>
      {problem ? <Failed problem={problem} /> : null}
      <div className={styles["steps"]}>
        {steps.map((step) => (
          <Button
            key={step}
            small
            tone={step === "resume" ? "main" : "plain"}
            busy={acts[step].busy}
            onPress={() => (asks(step) ? setAsking(step) : void act(step))}
          >
            {words[step]}
          </Button>
        ))}
      </div>
      <Dialog
        title={asking === "rollBack" ? t`Roll back all?` : t`Cancel the rollout?`}
        open={asking !== null}
        onClose={() => setAsking(null)}
        asks
      >
        <p>{asking === "rollBack" ? <WhatRollBackDoes /> : <WhatCancelDoes />}</p>
        <Actions>
          <Button onPress={() => setAsking(null)}>
            <Trans>Not now</Trans>
          </Button>
          <Button
            tone="danger"
            busy={asking !== null && acts[asking].busy}
            onPress={() => (asking ? void act(asking) : undefined)}
          >
            {asking ? words[asking] : null}
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}

function WhatRollBackDoes() {
  return (
    <Trans>
      It ends, and wherever its version answers, the champion before answers again within seconds. An asset
      whose first champion it is keeps it, and so does one that got a newer champion since. No row is lost.
      The versions are kept: each can be promoted again on its asset’s page.
    </Trans>
  );
}

function WhatCancelDoes() {
  return (
    <Trans>
      The run under way is stopped and what it trained is thrown away. What was promoted stays, and can still
      be rolled back. A cancelled rollout cannot be resumed; pause it if you may want to go on.
    </Trans>
  );
}
