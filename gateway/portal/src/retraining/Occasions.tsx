import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  RetrainingOccasionsDocument,
  type RetrainingOccasionsQuery,
  type RetrainingState,
} from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { percent } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Retraining.module.css";
import { STATES, StateMark, useStateWord } from "./Words";

type Occasion = NonNullable<RetrainingOccasionsQuery["retrainingPlan"]>["occasions"]["edges"][number]["node"];

/** Each time the plan came up for a machine, newest first, with what became of it and why. */
export function Occasions({ planId }: { planId: string }) {
  const { t } = useLingui();
  const word = useStateWord();
  const [show, setShow] = useState<RetrainingState | "ALL">("ALL");
  const occasions = useListed(
    RetrainingOccasionsDocument,
    { id: planId, state: show === "ALL" ? null : show },
    (data) => data.retrainingPlan?.occasions ?? NONE,
    ({ asset, moment }) => `${asset.id} ${moment}`,
    2500,
  );
  const choices = [
    { key: "ALL" as const, text: t`All occasions` },
    ...STATES.map((state) => ({ key: state, text: word(state) })),
  ];
  return (
    <Panel
      title={<Trans>Occasions</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {occasions.problem ? <Failed problem={occasions.problem} again={occasions.again} /> : null}
      {!occasions.loaded && !occasions.problem ? <Skeleton lines={3} /> : null}
      {occasions.loaded && occasions.nodes.length === 0 ? (
        <Empty title={<Trans>No occasion to show</Trans>} />
      ) : null}
      {occasions.nodes.length > 0 ? <Table nodes={occasions.nodes} /> : null}
      {occasions.more ? (
        <div className={styles["more"]}>
          <Button small onPress={occasions.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Table({ nodes }: { nodes: readonly Occasion[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`Occasions of the plan`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Asset</Trans>
          </th>
          <th scope="col">
            <Trans>Came up</Trans>
          </th>
          <th scope="col">
            <Trans>What became of it</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ asset, state, message, moment, run }) => (
          <tr key={`${asset.id} ${moment}`} data-testid={`occasion-${asset.key}`}>
            <td>
              <StateMark state={state} />
            </td>
            <td>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
            </td>
            <td>
              <Time at={moment} />
            </td>
            <td className={styles["message"]}>
              {message}
              {run ? (
                <div>
                  <Link href={`/runs/${encodeURIComponent(run.id)}`}>
                    <Trans>Run: {percent(run.progress)}</Trans>
                  </Link>
                </div>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
