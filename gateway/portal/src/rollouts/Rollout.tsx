import { Plural, Trans } from "@lingui/react/macro";
import { useEffect } from "react";
import { Link } from "react-aria-components";
import { useSubscription } from "urql";
import { RolloutDocument, type RolloutQuery, RolloutUpdatedDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { LinkButton } from "../ui/Button";
import { count, figure, percent } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { Cohorts } from "./Cohorts";
import { RolloutAssets } from "./RolloutAssets";
import styles from "./Rollouts.module.css";
import { Standing } from "./Standing";
import { over } from "./states";

export type RolloutData = NonNullable<RolloutQuery["rollout"]>;

/** One rollout: where it stands and why, how each cohort did, and which assets are kept back. */
export default function Rollout({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(RolloutDocument, { id }, 5000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.rollout)
    return (
      <Empty title={<Trans>There is no such rollout here</Trans>}>
        <LinkButton href="/rollouts">
          <Trans>Go to the rollouts</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown rollout={data.rollout} again={again} />;
}

function Shown({ rollout: asked, again }: { rollout: RolloutData; again: () => void }) {
  const rollout = useLiveRollout(asked, again);
  return (
    <Page
      title={<Trans>Rollout of {rollout.blueprint}</Trans>}
      above={
        <Link href="/rollouts">
          <Trans>Rollouts</Trans>
        </Link>
      }
      lead={
        <Trans>
          <Plural value={rollout.assetCount} one="# asset" other="# assets" />, rows from{" "}
          <Time at={rollout.start} /> to <Time at={rollout.end} />, started by {rollout.createdBy}{" "}
          <Time at={rollout.createdAt} />.
        </Trans>
      }
    >
      <div className={styles["columns"]}>
        <Panel title={<Trans>Where it stands</Trans>}>
          <Standing rollout={rollout} again={again} />
        </Panel>
        <Panel title={<Trans>Rules</Trans>}>
          <Rules rollout={rollout} />
        </Panel>
      </div>
      <Panel title={<Trans>Cohorts</Trans>} flush>
        <Cohorts rollout={rollout} />
      </Panel>
      <RolloutAssets rollout={rollout} />
    </Page>
  );
}

/** The newest facts, live until it is over. */
function useLiveRollout(rollout: RolloutData, onOver: () => void): RolloutData {
  const still = over(rollout.state);
  const [{ data }] = useSubscription({
    query: RolloutUpdatedDocument,
    variables: { id: rollout.id },
    pause: still,
  });
  const live = still || !data ? rollout : { ...rollout, ...data.rolloutUpdated };
  const ended = !still && over(live.state);
  useEffect(() => {
    if (ended) onOver();
  }, [ended, onOver]);
  return live;
}

function Rules({ rollout }: { rollout: RolloutData }) {
  return (
    <dl className={styles["facts"]}>
      <dt>
        <Trans>Cohorts reach</Trans>
      </dt>
      <dd>{rollout.shares.map((share) => `${figure(share * 100)} %`).join(", ")}</dd>
      <dt>
        <Trans>Stop rule</Trans>
      </dt>
      <dd>
        <Trans>It pauses where more than {percent(rollout.mostFailing)} of a cohort fail.</Trans>
      </dd>
      <dt>
        <Trans>Next cohort</Trans>
      </dt>
      <dd>{rollout.byHand ? <Trans>When a person resumes it</Trans> : <Trans>By itself</Trans>}</dd>
      <dt>
        <Trans>Seed</Trans>
      </dt>
      <dd>{count(rollout.seed)}</dd>
      {rollout.parameters.map(({ key, value }) => [
        <dt key={`${key}-name`}>{key}</dt>,
        <dd key={key}>{figure(value, 6)}</dd>,
      ])}
    </dl>
  );
}
