import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  AssetDriftDocument,
  type AssetDriftQuery,
  type SignalDriftFactsFragment,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { Compared } from "./Compared";
import styles from "./Drift.module.css";
import { DriftMark, Found } from "./Words";

type Drift = NonNullable<NonNullable<AssetDriftQuery["asset"]>["drift"]>;
type Titled = { key: string; title: string; unit: string };

const FEW = 6;

/** How far the newest rows of a machine lie from those its champion was trained on, signal by signal. */
export function DriftPanel({ assetKey, signals }: { assetKey: string; signals: readonly Titled[] }) {
  const { data, problem, loading, again } = useAsked(AssetDriftDocument, { key: assetKey }, 60_000);
  const drift = data?.asset?.drift ?? null;
  return (
    <Panel title={<Trans>Drift</Trans>} note={drift ? <Note drift={drift} /> : null} flush>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton /> : null}
      {data && !drift ? <Nothing served={Boolean(data.asset?.champion)} /> : null}
      {drift ? <Signals drift={drift} titles={signals} /> : null}
    </Panel>
  );
}

function Nothing({ served }: { served: boolean }) {
  return served ? (
    <Empty title={<Trans>Not looked at yet</Trans>}>
      <p>
        <Trans>Each machine with a champion is looked at once an hour.</Trans>
      </p>
    </Empty>
  ) : (
    <Empty title={<Trans>No champion yet</Trans>}>
      <p>
        <Trans>Drift is measured from the rows that a champion was trained on.</Trans>
      </p>
    </Empty>
  );
}

function Note({ drift }: { drift: Drift }) {
  return (
    <>
      {drift.drifting > 0 ? (
        <Plural value={drift.drifting} one="# signal drifts." other="# signals drift." />
      ) : (
        <Trans>No signal drifts.</Trans>
      )}{" "}
      {drift.scoreDrifts ? <Trans>Scores drift.</Trans> : null}{" "}
      <Trans>
        Compared: rows since <Time at={drift.start} /> with the training range{" "}
        <Time at={drift.referenceStart} /> – <Time at={drift.referenceEnd} />; looked at{" "}
        <Ago at={drift.lookedAt} />.
      </Trans>
    </>
  );
}

function Signals({ drift, titles }: { drift: Drift; titles: readonly Titled[] }) {
  const { t } = useLingui();
  const [whole, setWhole] = useState(false);
  const rows = [
    ...drift.signals.filter(({ state }) => state === "DRIFT"),
    ...(drift.score ? [drift.score] : []),
  ];
  const others = drift.signals.filter(({ state }) => state !== "DRIFT");
  const shown = whole ? others : others.slice(0, Math.max(FEW - rows.length, 1));
  return (
    <>
      <div className={styles["scroll"]}>
        <table className={styles["table"]} aria-label={t`Drift of signals`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Signal</Trans>
              </th>
              <th scope="col">
                <Trans>State</Trans>
              </th>
              <th scope="col">
                <Trans>Distance / limit, in spreads</Trans>
              </th>
              <th scope="col">
                <Trans>Before, now</Trans>
              </th>
              <th scope="col">
                <Trans>Since</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {[...rows, ...shown].map((one) => (
              <Row key={one.signal} one={one} titled={titles.find(({ key }) => key === one.signal)} />
            ))}
          </tbody>
        </table>
      </div>
      {others.length > shown.length ? (
        <div className={styles["more"]}>
          <Button small onPress={() => setWhole(true)}>
            <Trans>Show all signals</Trans>
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Row({ one, titled }: { one: SignalDriftFactsFragment; titled: Titled | undefined }) {
  return (
    <tr data-testid={`drift-${one.signal}`}>
      <td>
        {titled?.title ?? (one.signal === "score" ? <Trans>Scores of the champion</Trans> : one.signal)}
        <div className={styles["sentence"]}>
          <Found one={one} />
        </div>
      </td>
      <td>
        <DriftMark one={one} />
      </td>
      <td className={styles["number"]}>
        {one.figure === null ? null : (
          <>
            {figure(one.figure, 2)} <small>/ {figure(one.limit, 2)}</small>
          </>
        )}
      </td>
      <td>{one.figure === null ? null : <Compared one={one} />}</td>
      <td>{one.since ? <Ago at={one.since} /> : null}</td>
    </tr>
  );
}
