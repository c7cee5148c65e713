import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  PauseRetrainingPlanDocument,
  type PlanFactsFragment,
  RemoveRetrainingPlanDocument,
  ResumeRetrainingPlanDocument,
  RetrainingPlanDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { Occasions } from "./Occasions";
import { Next } from "./Plans";
import { Machines, When } from "./Words";

/** One plan: what it says, and each occasion with what became of it. */
export default function Plan({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(RetrainingPlanDocument, { id }, 2500);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.retrainingPlan)
    return (
      <Empty title={<Trans>There is no such plan here</Trans>}>
        <LinkButton href="/plans">
          <Trans>Go to the retraining plans</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown plan={data.retrainingPlan} again={again} />;
}

function Shown({ plan, again }: { plan: PlanFactsFragment; again: () => void }) {
  return (
    <Page
      title={plan.name}
      above={
        <Link href="/plans">
          <Trans>Retraining plans</Trans>
        </Link>
      }
      lead={
        <Trans>
          Added by {plan.createdBy} <Time at={plan.createdAt} />.
        </Trans>
      }
      actions={
        <>
          <Pause plan={plan} again={again} />
          <Remove plan={plan} />
        </>
      }
    >
      <Panel title={<Trans>What it does</Trans>}>
        <p>
          <Machines plan={plan} />: <When when={plan.when} />.{" "}
          <Plural
            value={plan.lookbackDays}
            one="It learns from the last day."
            other="It learns from the last # days."
          />{" "}
          {plan.startFrom === "CHAMPION" ? (
            <>
              <Trans>
                It updates the present model; where that cannot be, it trains anew and says why.
              </Trans>{" "}
            </>
          ) : null}
          {plan.promotion === "AUTOMATIC" ? (
            <Trans>What passes every gate is promoted without asking.</Trans>
          ) : plan.promotion === "AFTER_SHADOW" ? (
            <Trans>
              What passes every gate is watched beside the champion, and promoted once it is known to be
              better or equal.
            </Trans>
          ) : (
            <Trans>What passes every gate waits for a person to promote it.</Trans>
          )}
        </p>
        <p>
          <Trans>
            Next: <Next plan={plan} />
          </Trans>
        </p>
      </Panel>
      <Occasions planId={plan.id} />
    </Page>
  );
}

function Pause({ plan, again }: { plan: PlanFactsFragment; again: () => void }) {
  const may = useMay();
  const pause = useAct(PauseRetrainingPlanDocument);
  const resume = useAct(ResumeRetrainingPlanDocument);
  if (!may("TRAIN")) return null;
  const act = plan.paused ? resume : pause;
  const send = async () => {
    if (await act.run({ planId: plan.id })) again();
  };
  return (
    <>
      {act.problem ? <Failed problem={act.problem} /> : null}
      <Button busy={act.busy} onPress={() => void send()}>
        {plan.paused ? <Trans>Resume</Trans> : <Trans>Pause</Trans>}
      </Button>
    </>
  );
}

function Remove({ plan }: { plan: PlanFactsFragment }) {
  const { t } = useLingui();
  const may = useMay();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const remove = useAct(RemoveRetrainingPlanDocument);
  if (!may("EDIT_BLUEPRINTS")) return null;
  const act = async () => {
    if (await remove.run({ planId: plan.id })) navigate("/plans");
  };
  return (
    <>
      <Button onPress={() => setAsking(true)}>
        <Trans>Remove the plan</Trans>
      </Button>
      <Dialog title={t`Remove the plan?`} open={asking} onClose={() => setAsking(false)} asks>
        <p>
          <Trans>
            Its occasions go with it. A run under way goes on, and nothing of it is promoted without asking.
          </Trans>
        </p>
        {remove.problem ? <Failed problem={remove.problem} /> : null}
        <Actions>
          <Button onPress={() => setAsking(false)}>
            <Trans>Not now</Trans>
          </Button>
          <Button tone="danger" busy={remove.busy} onPress={() => void act()}>
            <Trans>Remove the plan</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
