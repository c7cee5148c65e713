import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { Link } from "react-aria-components";
import { useSubscription } from "urql";
import { AlarmChangedDocument, type LineFactsFragment, LinesDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Button, LinkButton } from "../ui/Button";
import { count } from "../ui/format";
import { HealthMark, useHealthWord } from "../ui/Health";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Lines.module.css";

const AT_ONCE = 50;
const EVERY_MS = 10_000;
const SOON_MS = 300;

/** Which machine stops which line: lines, worst first, each with who holds it. */
export default function Lines() {
  // Where each page that was turned to begins; a line may move to another page whenever it changes.
  const [starts, setStarts] = useState<readonly string[]>([]);
  const after = starts.at(-1) ?? null;
  const { data, problem, loading, again } = useAsked(LinesDocument, { first: AT_ONCE, after }, EVERY_MS);
  const [alarm] = useSubscription({ query: AlarmChangedDocument, variables: { assetId: null } });
  const changed = alarm.data?.alarmChanged;
  useEffect(() => {
    if (!changed) return;
    // Many alarms at once are one reason to look again.
    const timer = setTimeout(again, SOON_MS);
    return () => clearTimeout(timer);
  }, [changed, again]);
  const lines = data?.lines.edges.map(({ node }) => node);
  const next = data?.lines.pageInfo.hasNextPage ? data.lines.pageInfo.endCursor : null;
  return (
    <Page
      title={<Trans>Lines</Trans>}
      lead={<Trans>Which machine holds which line, the worst line first.</Trans>}
    >
      <Panel title={<Trans>Lines</Trans>} flush>
        {problem ? <Failed problem={problem} again={again} /> : null}
        {loading ? <Skeleton lines={8} /> : null}
        {lines?.length === 0 ? (
          <Empty title={<Trans>No line here</Trans>}>
            <p>
              <Trans>A line is here as soon as an asset is on it.</Trans>
            </p>
            <LinkButton href="/">
              <Trans>Go to the fleet</Trans>
            </LinkButton>
          </Empty>
        ) : null}
        {lines && lines.length > 0 ? <Table lines={lines} /> : null}
        {starts.length > 0 || next ? (
          <div className={styles["pages"]}>
            <Button small isDisabled={starts.length === 0} onPress={() => setStarts(starts.slice(0, -1))}>
              <Trans>Worse lines</Trans>
            </Button>
            <Button small isDisabled={!next} onPress={() => next && setStarts([...starts, next])}>
              <Trans>Better lines</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Table({ lines }: { lines: readonly LineFactsFragment[] }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Lines`} className={styles["lines"]}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Line</Trans>
          </th>
          <th scope="col">
            <Trans>Held by</Trans>
          </th>
          <th scope="col">
            <Trans>Machines</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.id} data-testid={`line-${line.site}-${line.line}`}>
            <td>
              <HealthMark health={line.health} />
            </td>
            <th scope="row">
              <Link href={`/?search=${encodeURIComponent(line.line)}`}>{line.line}</Link>
              <div className={styles["hint"]}>{line.site}</div>
            </th>
            <td>
              <Holders line={line} />
            </td>
            <td>
              <Counts line={line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Holders({ line: { health: worst, holders, counts } }: { line: LineFactsFragment }) {
  const holding = counts
    .filter(({ health }) => health === "ALARM" || health === "SILENT" || health === "BLIND")
    .reduce((sum, { assets }) => sum + assets, 0);
  const more = holding - holders.length;
  return (
    <ul className={styles["holders"]}>
      {holders.map(({ asset, health, since, case: open }) => (
        <li key={asset.id}>
          {health === worst ? null : <HealthMark health={health} />}
          <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
          {since ? (
            <span className={styles["hint"]}>
              {health === "ALARM" ? (
                <Trans>
                  since <Ago at={since} />
                </Trans>
              ) : (
                <Trans>
                  last row <Ago at={since} />
                </Trans>
              )}
            </span>
          ) : null}
          {open ? <Link href="/alarms">{open.title}</Link> : null}
        </li>
      ))}
      {more > 0 ? (
        <li className={styles["hint"]}>
          <Trans>and {count(more)} more</Trans>
        </li>
      ) : null}
    </ul>
  );
}

function Counts({ line: { counts } }: { line: LineFactsFragment }) {
  const word = useHealthWord();
  return (
    <ul className={styles["counts"]}>
      {counts
        .filter(({ assets }) => assets > 0)
        .map(({ health, assets }) => (
          <li key={health}>
            {count(assets)} {word(health)}
          </li>
        ))}
    </ul>
  );
}
