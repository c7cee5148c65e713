import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { type LoopFactsFragment as Loop, LoopsDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { span } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, useNow } from "../ui/Time";
import { Bar } from "./Bar";
import styles from "./Loops.module.css";
import { STAGES, spent } from "./stages";
import { useBackWord, useEndWord, useNextStep, useStageWord } from "./words";

/** Loops that are under way with what comes next, or those that ended. */
export function LoopTable({ open, assetId }: { open: boolean; assetId: string | null }) {
  const loops = useListed(
    LoopsDocument,
    { assetId, open },
    (data) => data.loops,
    ({ asset, changedAt, begunBy }) => `${asset.id} ${changedAt} ${begunBy}`,
    15_000,
  );
  return (
    <Panel title={open ? <Trans>Open loops</Trans> : <Trans>Ended loops</Trans>} flush>
      {loops.problem ? <Failed problem={loops.problem} again={loops.again} /> : null}
      {!loops.loaded && !loops.problem ? <Skeleton lines={4} /> : null}
      {loops.loaded && loops.nodes.length === 0 ? (
        <Empty title={open ? <Trans>No loop is open</Trans> : <Trans>No loop has ended yet</Trans>} />
      ) : null}
      {loops.nodes.length > 0 ? <LoopRows loops={loops.nodes} open={open} /> : null}
      {loops.more ? (
        <div className={styles["more"]}>
          <Button small onPress={loops.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

/** A row a loop; `open`: all of them are under way, else none. */
export function LoopRows({ loops, open }: { loops: readonly Loop[]; open: boolean }) {
  const { t } = useLingui();
  const now = useNow(15_000);
  const name = open ? t`Open loops` : t`Ended loops`;
  return (
    <section className={styles["scroll"]} aria-label={name}>
      <table aria-label={name}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Asset</Trans>
            </th>
            <th scope="col">
              <Trans>Began</Trans>
            </th>
            <th scope="col">
              <Trans>Stages</Trans>
            </th>
            <th scope="col">{open ? <Trans>Time so far</Trans> : <Trans>Time</Trans>}</th>
            <th scope="col">{open ? <Trans>Waits in</Trans> : <Trans>How it ended</Trans>}</th>
          </tr>
        </thead>
        <tbody>
          {loops.map((loop) => (
            <Row key={`${loop.asset.id} ${loop.changedAt} ${loop.begunBy}`} loop={loop} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ loop, now }: { loop: Loop; now: number }) {
  const { asset, begunBy, changedAt, stays, stage, end, endedAt, handsOnSeconds } = loop;
  const word = useStageWord();
  const next = useNextStep();
  const ended = useEndWord();
  const back = useBackWord();
  const seconds = spent(stays, now);
  const each = STAGES.map((one) => seconds[one]);
  const steps = stays.flatMap((stay) => (stay.back ? [back(stay.back)] : []));
  const page = `/assets/${encodeURIComponent(asset.key)}`;
  return (
    <tr data-testid={`loop-${asset.key}`}>
      <td>
        <Link href={page}>{asset.title}</Link>
      </td>
      <td>
        {begunBy === "REGIME" ? <Trans>Normal changed</Trans> : <Trans>Alarm raised</Trans>}{" "}
        <Ago at={changedAt} />
      </td>
      <td>
        <Bar seconds={each} />
      </td>
      <td>
        {span(each.reduce((sum, one) => sum + one, 0))}
        {handsOnSeconds === null ? null : (
          <div className={styles["faint"]}>
            <Trans>Hands-on {span(handsOnSeconds)}</Trans>
          </div>
        )}
        {steps.length > 0 ? (
          <div className={styles["faint"]}>
            <Trans>Back: {steps.join(", ")}</Trans>
          </div>
        ) : null}
      </td>
      <td>
        {stage ? (
          <>
            {word(stage)} · <Link href={`${page}/retrain`}>{next(stage)}</Link>
          </>
        ) : null}
        {end ? ended(end) : null} {endedAt ? <Ago at={endedAt} /> : null}
      </td>
    </tr>
  );
}
