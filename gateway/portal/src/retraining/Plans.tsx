import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { type PlanFactsFragment, RetrainingPlansDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Retraining.module.css";
import { Machines, When } from "./Words";

/** Every retraining plan of the tenant, newest first. */
export default function Plans() {
  const may = useMay();
  const plans = useListed(
    RetrainingPlansDocument,
    {},
    (data) => data.retrainingPlans,
    ({ id }) => id,
    5000,
  );
  return (
    <Page
      title={<Trans>Retraining plans</Trans>}
      lead={
        <Trans>
          A plan retrains machines by itself: every so many days, after something changed at a machine, after
          many alarms, or when its signals drift. Dates that do not suit start nothing, and the reason is
          told.
        </Trans>
      }
      actions={
        may("EDIT_BLUEPRINTS") ? (
          <LinkButton tone="main" icon="plus" href="/plans/new">
            <Trans>Add a plan</Trans>
          </LinkButton>
        ) : null
      }
    >
      <Panel title={<Trans>All plans</Trans>} flush>
        {plans.problem ? <Failed problem={plans.problem} again={plans.again} /> : null}
        {!plans.loaded && !plans.problem ? <Skeleton lines={6} /> : null}
        {plans.loaded && plans.nodes.length === 0 ? (
          <Empty title={<Trans>No plan yet</Trans>}>
            <p>
              <Trans>Without one, a machine is retrained when a person starts it.</Trans>
            </p>
          </Empty>
        ) : null}
        {plans.nodes.length > 0 ? <Table nodes={plans.nodes} /> : null}
        {plans.more ? (
          <div className={styles["more"]}>
            <Button small onPress={plans.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Table({ nodes }: { nodes: readonly PlanFactsFragment[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`All plans`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Plan</Trans>
          </th>
          <th scope="col">
            <Trans>Machines</Trans>
          </th>
          <th scope="col">
            <Trans>When</Trans>
          </th>
          <th scope="col">
            <Trans>Next</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((plan) => (
          <tr key={plan.id}>
            <td>
              <Link href={`/plans/${encodeURIComponent(plan.id)}`}>{plan.name}</Link>
            </td>
            <td>
              <Machines plan={plan} />
            </td>
            <td>
              <When when={plan.when} />
            </td>
            <td>
              <Next plan={plan} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** When the plan comes up next, or what it waits for. */
export function Next({ plan }: { plan: Pick<PlanFactsFragment, "paused" | "nextDue"> }) {
  if (plan.paused) return <Trans>Paused</Trans>;
  return plan.nextDue ? <Time at={plan.nextDue} /> : <Trans>When it happens</Trans>;
}
