import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { IconButton } from "../ui/Button";
import { count, dateTime, figure } from "../ui/format";
import { Failed } from "../ui/Status";
import { written } from "../ui/units";
import { Chart, type Curve } from "./Chart";
import styles from "./Chart.module.css";
import { factsOf, gapLimit, NO_SERIES, type Series, thinned, withGaps } from "./series";
import type { Range } from "./times";
import { useOnScreen, useWidth } from "./useOnScreen";
import { useTrend } from "./useTrend";

type Shades = NonNullable<Parameters<typeof Chart>[0]["shades"]>;

interface SignalTrendProps {
  asset: string;
  /** The first signal is the one that the summary and the table are about. */
  signals: readonly { key: string; title: string; unit: string; tone?: Curve["tone"] }[];
  title: string;
  note?: ReactNode;
  range: Range;
  period: number;
  height?: number;
  limit?: number | null;
  shades?: Shades;
  markers?: readonly number[];
  onDrag?: (range: Range) => void;
}

/** One trend: fetched and drawn only while on screen; as a chart or as a table. */
export function SignalTrend(props: SignalTrendProps) {
  const { asset, signals: given, title, note, range, period, height = 130, ...chart } = props;
  const signals = useMemo(() => given.map((one) => ({ ...one, unit: written(one.unit) })), [given]);
  const { t } = useLingui();
  const frame = useRef<HTMLDivElement>(null);
  const seen = useOnScreen(frame);
  const width = useWidth(frame);
  const [asTable, setAsTable] = useState(false);
  const { trend, problem, loading, again } = useTrend(
    { asset, signals: signals.map(({ key }) => key), range, px: width },
    seen,
  );
  const curves = useMemo(
    () =>
      signals.map(({ key, title: label, unit, tone = "curve" }): Curve => {
        const found = trend?.signals.get(key) ?? NO_SERIES;
        const limit = gapLimit(period, range.to - range.from, width, found.t);
        return { label, unit, tone, series: withGaps(found, limit) };
      }),
    [trend, signals, period, range.from, range.to, width],
  );
  const main = signals[0];
  const series = (main && trend?.signals.get(main.key)) ?? NO_SERIES;
  const points = main && trend?.points.get(main.key);
  const summary = useSummary(title, main?.unit ?? "", series);
  return (
    <div className={styles["signal"]} ref={frame}>
      <div className={styles["head"]}>
        <h3>{title}</h3>
        {main?.unit ? <span className={styles["unit"]}>{main.unit}</span> : null}
        {note}
        <span className={styles["points"]}>
          {points && points.n < points.m ? (
            <Trans>
              {count(points.n)} of {count(points.m)} points
            </Trans>
          ) : null}
        </span>
        <IconButton
          icon={asTable ? "chart" : "table"}
          label={asTable ? t`Show ${title} as a chart` : t`Show ${title} as a table`}
          onPress={() => setAsTable(!asTable)}
        />
      </div>
      <div className={styles["frame"]} style={{ minHeight: height }} aria-busy={seen && loading}>
        {problem ? <Failed problem={problem} again={again} /> : null}
        {seen && !problem && trend && series.t.length === 0 ? (
          <div className={styles["none"]} style={{ height }}>
            <Trans>No values in this range.</Trans>
          </div>
        ) : null}
        {seen && series.t.length > 0 && !asTable ? (
          <Chart
            label={title}
            summary={summary}
            curves={curves}
            range={range}
            height={height}
            sync="page"
            {...chart}
          />
        ) : null}
        {asTable ? <TrendTable title={title} unit={main?.unit ?? ""} series={series} /> : null}
      </div>
    </div>
  );
}

function useSummary(title: string, unit: string, series: Series): string {
  const { t } = useLingui();
  const facts = useMemo(() => factsOf(series), [series]);
  if (!facts) return t`${title}: no values in this range.`;
  const at = (time: number) => dateTime(new Date(time * 1000));
  return t`${title}: from ${figure(facts.first)} to ${figure(facts.last)} ${unit}; lowest ${figure(facts.low)} at ${at(facts.lowAt)}, highest ${figure(facts.high)} at ${at(facts.highAt)}.`;
}

/** The same points as numbers, thinned to what a person reads. */
function TrendTable({ title, unit, series }: { title: string; unit: string; series: Series }) {
  const { t } = useLingui();
  const { t: times, v: values } = thinned(series, 200);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section className={styles["table"]} tabIndex={0} aria-label={t`${title} as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Time</Trans>
            </th>
            <th scope="col" className="number">
              {unit || t`Value`}
            </th>
          </tr>
        </thead>
        <tbody>
          {times.map((time, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: times may repeat, rows never move
            <tr key={row}>
              <td>{dateTime(new Date(time * 1000))}</td>
              <td className="number">{figure(values[row] ?? null, 5)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
