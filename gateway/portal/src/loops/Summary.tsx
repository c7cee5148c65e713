import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { LoopSummaryDocument, type LoopSummaryQuery } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { count, percent, span } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Bar } from "./Bar";
import styles from "./Loops.module.css";
import { useStageMeaning, useStageWord } from "./words";

type Found = LoopSummaryQuery["loopSummary"];

/** Medians of the stages, the bottleneck in words, what was stated beside it, and the months. */
export function Summary({ months, assetId }: { months: number; assetId: string | null }) {
  const { data, problem, again } = useAsked(LoopSummaryDocument, { months, assetId }, 15_000);
  const found = data?.loopSummary;
  return (
    <>
      <Panel
        title={<Trans>Where the time goes</Trans>}
        note={
          found ? (
            <Trans>
              {count(found.closed)} closed, {count(found.open)} open, {count(found.abandoned)} abandoned
            </Trans>
          ) : null
        }
      >
        {problem ? <Failed problem={problem} again={again} /> : null}
        {!found && !problem ? <Skeleton lines={4} /> : null}
        {found && found.closed === 0 ? (
          <Empty title={<Trans>No loop has closed yet</Trans>}>
            <p>
              <Trans>
                A loop begins when a part is replaced, a recipe changes or an alarm is raised, and closes when
                a version trained for it is champion.
              </Trans>
            </p>
          </Empty>
        ) : null}
        {found && found.closed > 0 ? <Closed found={found} /> : null}
      </Panel>
      {found && found.months.length > 0 ? <Trend found={found} /> : null}
    </>
  );
}

function time(seconds: number | null): string {
  return seconds === null ? "–" : span(seconds);
}

function Closed({ found }: { found: Found }) {
  const word = useStageWord();
  const meaning = useStageMeaning();
  const slowest = found.stages.find(({ stage }) => stage === found.bottleneck);
  const names: Record<string, React.ReactNode> = {
    "six months": <Trans>six months</Trans>,
    "four weeks": <Trans>four weeks</Trans>,
  };
  return (
    <div className={styles["facts"]}>
      {slowest ? (
        <p data-testid="bottleneck">
          <Trans>
            The bottleneck is <strong>{word(slowest.stage)}</strong>, {meaning(slowest.stage)}: it took{" "}
            {percent(slowest.share)} of the time.
          </Trans>
        </p>
      ) : null}
      <Bar seconds={found.stages.map(({ spread }) => spread.median ?? 0)} />
      <Stages found={found} />
      <p>
        <Trans>
          Half of the loops took no longer than {time(found.total.median)}, nine of ten no longer than{" "}
          {time(found.total.p90)}.
        </Trans>{" "}
        <Plural value={found.stepsBack} one="# step back." other="# steps back." />
      </p>
      {found.counted > 0 ? (
        <p data-testid="hands-on">
          <Trans>
            People worked {time(found.handsOn.median)} on half of them, and {time(found.handsOn.p90)} at most
            on nine of ten.
          </Trans>{" "}
          <Plural value={found.counted} one="Counted for # loop." other="Counted for # loops." />
        </p>
      ) : null}
      <p data-testid="success">
        {found.successRate === null ? (
          <Trans>No champion has been live for 30 days, so there is no success rate yet.</Trans>
        ) : (
          <Trans>
            Success rate {percent(found.successRate)}: {count(found.healthy)} of {count(found.judged)} were in
            production and healthy after 30 days.
          </Trans>
        )}
      </p>
      {found.stated.map(({ name, within }) => (
        <p key={name} className={styles["faint"]}>
          <Trans>
            {percent(within)} took no longer than the stated {names[name] ?? name}.
          </Trans>{" "}
          <Trans>It was stated by those who asked for the ledger, and not measured here.</Trans>
        </p>
      ))}
    </div>
  );
}

function Stages({ found }: { found: Found }) {
  const { t } = useLingui();
  const word = useStageWord();
  return (
    <section className={styles["scroll"]} aria-label={t`Stages`}>
      <table aria-label={t`Stages`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Stage</Trans>
            </th>
            <th scope="col">
              <Trans>Median</Trans>
            </th>
            <th scope="col">
              <Trans>Nine of ten within</Trans>
            </th>
            <th scope="col">
              <Trans>Share of the time</Trans>
            </th>
            <th scope="col">
              <Trans>Waiting now</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.stages.map(({ stage, spread, share, waiting }) => (
            <tr key={stage} data-testid={`stage-${stage}`}>
              <td>
                <span className={styles["key"]} data-stage={stage} aria-hidden="true" />
                {word(stage)}
              </td>
              <td>{time(spread.median)}</td>
              <td>{time(spread.p90)}</td>
              <td>{percent(share)}</td>
              <td>{count(waiting)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Trend({ found }: { found: Found }) {
  const { t } = useLingui();
  return (
    <Panel
      title={<Trans>Trend</Trans>}
      note={<Trans>medians of the loops that closed in a month</Trans>}
      flush
    >
      <table aria-label={t`Trend`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Month</Trans>
            </th>
            <th scope="col">
              <Trans>Loops</Trans>
            </th>
            <th scope="col">
              <Trans>Median</Trans>
            </th>
            <th scope="col">
              <Trans>Stages</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.months.map(({ start, loops, total, medians }) => (
            <tr key={start}>
              <td>{start.slice(0, 7)}</td>
              <td>{count(loops)}</td>
              <td>{time(total.median)}</td>
              <td>
                <Bar seconds={medians.map((each) => each ?? 0)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
