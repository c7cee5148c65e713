import { Trans, useLingui } from "@lingui/react/macro";
import { useMemo, useState } from "react";
import { RegimeStrip } from "../events/RegimeStrip";
import { isLabel, useEventText } from "../events/words";
import { CoverageStrip } from "../trend/CoverageStrip";
import { SignalTrend } from "../trend/SignalTrend";
import { seconds } from "../trend/times";
import type { Shown } from "../trend/useRange";
import { Field } from "../ui/Field";
import { dateTime } from "../ui/format";
import { Panel } from "../ui/Panel";
import type { AssetData } from "./Asset";
import styles from "./Asset.module.css";

export interface TrendsProps {
  asset: AssetData;
  shown: Shown;
}

/** Alarms as shaded time and events as upright lines, the same on every chart of the page. */
function useBackdrop({ asset, shown }: TrendsProps) {
  const { alarms, events } = asset;
  const end = Math.round(shown.range.to);
  return useMemo(
    () => ({
      shades: alarms.edges.map(({ node }) => ({
        from: seconds(node.raisedAt),
        to: node.clearedAt ? seconds(node.clearedAt) : end,
        tone: "alarm-wash" as const,
      })),
      markers: events
        .filter(({ kind, retractedAt }) => retractedAt === null && !isLabel(kind))
        .map(({ time }) => seconds(time)),
    }),
    [alarms, events, end],
  );
}

export function ScorePanel({ asset, shown }: TrendsProps) {
  const { t } = useLingui();
  const backdrop = useBackdrop({ asset, shown });
  const text = useEventText();
  const beside = (asset.deployment?.shadows.length ?? 0) > 0;
  const inView = asset.events.filter(
    ({ kind, time, retractedAt }) =>
      retractedAt === null &&
      !isLabel(kind) &&
      seconds(time) >= shown.range.from &&
      seconds(time) <= shown.range.to,
  );
  return (
    <Panel
      title={<Trans>Score</Trans>}
      note={<Trans>Above 1 the asset behaves unlike before. Shaded: alarms. Upright lines: events.</Trans>}
      flush
    >
      <SignalTrend
        asset={asset.id}
        title={t`Score`}
        signals={[
          ...(beside
            ? [{ key: "score.shadow", title: t`Shadow`, unit: t`× limit`, tone: "shadow-curve" as const }]
            : []),
          { key: "score", title: t`Score`, unit: t`× limit` },
        ]}
        range={shown.range}
        period={asset.contract.periodS}
        height={190}
        limit={1}
        onDrag={shown.zoom}
        {...(beside ? { note: <Trans>Blue: the shadow</Trans> } : {})}
        {...backdrop}
      />
      {inView.length > 0 ? (
        <p className={styles["markers"]}>
          {inView.map(({ id, kind, time, part }) => (
            <span key={id}>
              ┃ {text({ kind, part })}, {dateTime(time)}
            </span>
          ))}
        </p>
      ) : null}
      <RegimeStrip regimes={asset.regimes} events={asset.events} range={shown.range} />
      <CoverageStrip asset={asset.id} range={shown.range} period={asset.contract.periodS} />
    </Panel>
  );
}

/** One small chart a signal: essential ones first, or those that are searched for. */
export function SignalsPanel({ asset, shown }: TrendsProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState("");
  const backdrop = useBackdrop({ asset, shown });
  const words = { ESSENTIAL: t`essential`, IMPORTANT: t`important`, OPTIONAL: t`optional` };
  const order = ["ESSENTIAL", "IMPORTANT", "OPTIONAL"];
  const signals = asset.contract.signals
    .filter(({ key, title }) => `${key} ${title}`.toLowerCase().includes(search.trim().toLowerCase()))
    .toSorted((a, b) => order.indexOf(a.importance) - order.indexOf(b.importance));
  return (
    <Panel
      title={<Trans>Signals</Trans>}
      flush
      actions={
        asset.contract.signals.length > 6 ? (
          <div className={styles["find"]}>
            <Field label={t`Find a signal`} hideLabel type="search" value={search} onChange={setSearch} />
          </div>
        ) : null
      }
    >
      {signals.map(({ key, title, unit, importance }) => (
        <SignalTrend
          key={key}
          asset={asset.id}
          title={title}
          note={
            <span className={styles["faint"]}>
              {words[importance]}
              {asset.health.missing.includes(key) ? (
                <strong className={styles["lost"]}>
                  {" "}
                  <Trans>missing now</Trans>
                </strong>
              ) : null}
            </span>
          }
          signals={[{ key, title, unit }]}
          range={shown.range}
          period={asset.contract.periodS}
          onDrag={shown.zoom}
          {...backdrop}
        />
      ))}
    </Panel>
  );
}
