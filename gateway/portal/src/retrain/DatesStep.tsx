import { Trans, useLingui } from "@lingui/react/macro";
import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { isLabel } from "../events/words";
import { cut } from "../trend/ranges";
import { SignalTrend } from "../trend/SignalTrend";
import { iso, type Range, seconds } from "../trend/times";
import { Field } from "../ui/Field";
import { fromLocalField, span, toLocalField, zone } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty } from "../ui/Status";
import { FindingNotice } from "./Findings";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";
import { StartRun } from "./StartRun";
import { type Factor, Suitability, useSuitability } from "./Suitability";
import { type Dates, defaultDates, judge } from "./way";

/** Dates by dragging or typing. They stand in the address, so the page can be left, sent and opened again. */
export function DatesStep({ asset, go, again }: StepProps) {
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const fallback = defaultDates(asset);
  const dates: Dates | null = fallback && {
    from: query.get("from") ?? fallback.from,
    to: query.get("to") ?? fallback.to,
  };
  const ids = useMemo(() => [asset.id], [asset.id]);
  const asked = useSuitability(ids, dates);
  // What is worst is shown, until somebody picks another factor or none.
  const [picked, setPicked] = useState<string | null | undefined>(undefined);
  const factors = asked.data?.suitability.factors ?? [];
  const shown =
    picked === undefined
      ? factors.find(({ verdict, evidence }) => verdict !== "FITS" && evidence.length > 0)
      : factors.find(({ code }) => code === picked);
  const view = useMemo(() => viewOf(asset.history, dates), [asset.history, dates?.from, dates?.to, dates]);
  if (!dates || !view)
    return (
      <Panel title={<Trans>2. Which dates show the new normal?</Trans>}>
        <Empty title={<Trans>No readings are stored yet</Trans>}>
          <p>
            <Trans>Send readings to this asset first; then come back here.</Trans>
          </p>
        </Empty>
      </Panel>
    );
  const choose = (next: Partial<Dates>) =>
    setQuery((before) => {
      for (const [name, value] of Object.entries(next)) if (value) before.set(name, value);
      return before;
    });
  const told = shown?.evidence[0]?.signal;
  const rank = ({ key, importance }: { key: string; importance: string }) =>
    key === told ? 2 : Number(importance === "ESSENTIAL");
  const signals = asset.contract.signals.toSorted((a, b) => rank(b) - rank(a));
  const finding = judge(asset, dates);
  const labelled = asset.events.flatMap(({ kind, time, end, retractedAt }) =>
    kind === "ABNORMAL" && end && retractedAt === null
      ? [{ from: seconds(time), to: seconds(end), tone: "alarm-wash" as const }]
      : [],
  );
  const markers = asset.events
    .filter(({ kind, retractedAt }) => retractedAt === null && !isLabel(kind))
    .map(({ time }) => seconds(time));
  const chart = {
    asset: asset.id,
    range: view,
    period: asset.contract.periodS,
    markers,
    onDrag: (range: Range) => choose({ from: iso(range.from), to: iso(range.to) }),
  };
  return (
    <Panel
      title={<Trans>2. Which dates show the new normal?</Trans>}
      note={
        <Trans>
          Drag on a chart, or type. Blue: chosen. Red: what speaks against it. Upright lines: events.
        </Trans>
      }
    >
      <div className={styles["content"]}>
        <div className={styles["fields"]}>
          <Field
            label={t`From`}
            type="datetime-local"
            value={toLocalField(dates.from)}
            onChange={(value) => {
              const from = fromLocalField(value);
              if (from) choose({ from });
            }}
          />
          <Field
            label={t`To`}
            type="datetime-local"
            value={toLocalField(dates.to)}
            onChange={(value) => {
              const to = fromLocalField(value);
              if (to) choose({ to });
            }}
          />
          <output className={styles["length"]}>
            {span((Date.parse(dates.to) - Date.parse(dates.from)) / 1000)}, {zone()}
          </output>
        </div>
        {finding ? <FindingNotice finding={finding} /> : null}
        {finding ? null : (
          <Suitability asked={asked} shown={shown?.code ?? null} onShow={setPicked} onChoose={choose} />
        )}
        <div className={styles["charts"]}>
          <SignalTrend
            {...chart}
            shades={[...shadesOf(dates, shown, null), ...labelled]}
            title={t`Score`}
            signals={[{ key: "score", title: t`Score`, unit: t`× limit` }]}
            limit={1}
          />
          {signals.slice(0, 4).map(({ key, title, unit }) => (
            <SignalTrend
              key={key}
              {...chart}
              shades={shadesOf(dates, shown, key)}
              title={title}
              signals={[{ key, title, unit }]}
              height={100}
            />
          ))}
        </div>
        <StartRun
          contract={asset.contract.key}
          assetIds={[asset.id]}
          dates={dates}
          disabled={finding !== null}
          verdict={asked.data?.suitability.verdict ?? null}
          onStarted={() => {
            again();
            go("train");
          }}
        />
      </div>
    </Panel>
  );
}

/** The chosen dates, and where the factor shows: its signal's chart only, if it is about one. */
function shadesOf(dates: Dates, shown: Factor | undefined, signal: string | null) {
  const chosen = { from: seconds(dates.from), to: seconds(dates.to), tone: "act-wash" as const };
  const seen = (shown?.evidence ?? []).filter((one) => one.signal === null || one.signal === signal);
  return [
    chosen,
    ...seen.map(({ start, end }) => ({
      from: seconds(start),
      to: seconds(end),
      tone: "alarm-wash" as const,
    })),
  ];
}

/** The chosen dates with as much again before them, so that what was left out can be seen. */
function viewOf(history: { first: string; last: string } | null, dates: Dates | null): Range | null {
  if (!history || !dates) return null;
  const from = seconds(dates.from);
  const to = seconds(dates.to);
  const pad = Math.max(to - from, 3600);
  return cut({
    from: Math.max(seconds(history.first), from - pad),
    to: Math.max(seconds(history.last), to) + 60,
  });
}
