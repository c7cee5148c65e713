import "uplot/dist/uPlot.min.css";
import { useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { dateTime, figure } from "../ui/format";
import styles from "./Chart.module.css";
import { stepped } from "./keys";
import { colour, plotOptions, type Shade } from "./plot";
import { align, type Series } from "./series";
import type { Range } from "./times";

export interface Curve {
  label: string;
  unit: string;
  series: Series;
  tone: "curve" | "shadow-curve";
}

interface ChartProps {
  label: string;
  /** What the chart says, in words, for those who cannot see it. */
  summary: string;
  curves: readonly Curve[];
  range: Range;
  height: number;
  sync: string;
  limit?: number | null;
  shades?: readonly (Omit<Shade, "colour"> & { tone: "alarm-wash" | "blind-wash" | "act-wash" })[];
  markers?: readonly number[];
  onDrag?: ((range: Range) => void) | null;
}

/** A trend on a canvas with what canvases lack: a keyboard cursor, a text for readers, and a readout. */
export function Chart(props: ChartProps) {
  const {
    label,
    summary,
    curves,
    range,
    height,
    sync,
    limit = null,
    shades = [],
    markers = [],
    onDrag = null,
  } = props;
  const { t } = useLingui();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const compressed = (above: number) => t`compressed above ${figure(above)}`;
  const live = useRef({ shades, markers, onDrag, compressed });
  live.current = { shades, markers, onDrag, compressed };
  const data = useMemo(() => align(curves.map(({ series }) => series)), [curves]);
  const theme = useTheme();
  const looks = curves.map(({ label: name, tone }) => `${name}\t${tone}`).join("\n");
  const draggable = onDrag !== null;
  const id = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` repaints; data comes by the effect below
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = new uPlot(
      plotOptions({
        width: element.clientWidth,
        height,
        range,
        limit,
        compressed: (above) => live.current.compressed(above),
        sync,
        curves: looks.split("\n").map((look) => {
          const [name = "", tone = "curve"] = look.split("\t");
          return { label: name, colour: colour(tone) };
        }),
        shades: () => live.current.shades.map(({ from, to, tone }) => ({ from, to, colour: colour(tone) })),
        markers: () => live.current.markers,
        onCursor: setIndex,
        onDrag: draggable ? (next) => live.current.onDrag?.(next) : null,
      }),
      data as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [range.from, range.to, height, limit, sync, looks, draggable, theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: shades and markers are painted with the data
  useEffect(() => {
    plot.current?.setData(data as uPlot.AlignedData, true);
  }, [data, shades, markers]);

  const times = data[0];
  const at = index === null ? undefined : times[index];

  function move(event: KeyboardEvent) {
    const next = stepped(event, index, times.length);
    if (next === null || !plot.current) return;
    event.preventDefault();
    const time = times[next] ?? 0;
    plot.current.setCursor({ left: plot.current.valToPos(time, "x"), top: 10 });
    setIndex(next);
  }

  const readings =
    at === undefined
      ? []
      : curves.map(({ label: name, unit }, place) => {
          const value = data[place + 1]?.[index ?? 0];
          return `${curves.length > 1 ? `${name} ` : ""}${figure(value ?? null, 4)} ${unit}`.trim();
        });
  return (
    <figure className={styles["figure"]} aria-label={label}>
      <div
        ref={holder}
        className={styles["plot"]}
        role="slider"
        tabIndex={0}
        aria-label={t`${label}: arrow keys move the cursor`}
        aria-describedby={id}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={index ?? 0}
        aria-valuetext={
          at === undefined ? t`No point chosen` : `${dateTime(new Date(at * 1000))}: ${readings.join(", ")}`
        }
        onKeyDown={move}
        style={{ height }}
      />
      <output className={styles["readout"]} aria-hidden="true">
        {at === undefined ? null : (
          <>
            <strong>{readings.join(" · ")}</strong> {dateTime(new Date(at * 1000))}
          </>
        )}
      </output>
      <p id={id} className="for-readers">
        {summary}
      </p>
    </figure>
  );
}

function useTheme(): string {
  const [theme, setTheme] = useState(document.documentElement.dataset["theme"] ?? "");
  useEffect(() => {
    const see = () => setTheme(document.documentElement.dataset["theme"] ?? "");
    window.addEventListener("themechange", see);
    return () => window.removeEventListener("themechange", see);
  }, []);
  return theme;
}
