import type uPlot from "uplot";
import { figure } from "../ui/format";
import { type Bands, bandsOf, evenTop, placed, ticks, valueAt } from "./scale";
import type { Range } from "./times";

/** A stretch of time that is shaded: an alarm, a lost sensor, a chosen range. */
export interface Shade {
  from: number;
  to: number;
  colour: string;
}

export interface PlotOptions {
  width: number;
  height: number;
  range: Range;
  curves: readonly { label: string; colour: string; dashed?: boolean }[];
  /** A horizontal limit, always in view, with the scale that keeps its surroundings readable. */
  limit: number | null;
  /** Said on the chart where the axis is compressed: above which value. */
  compressed: (above: number) => string;
  shades: () => readonly Shade[];
  markers: () => readonly number[];
  onCursor: (index: number | null) => void;
  onDrag: ((range: Range) => void) | null;
  /** Charts with the same key share their cursor. */
  sync: string;
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Options of uPlot for a trend: one axis of time in the browser's zone, thin lines, our own shading. */
export function plotOptions(options: PlotOptions): uPlot.Options {
  const { width, height, range, curves, limit, compressed, onCursor, onDrag, sync } = options;
  const upright = limit === null ? even() : aroundLimit(limit);
  const axis = {
    stroke: colour("ink-faint"),
    font: `11px ${colour("font")}`,
    grid: { stroke: colour("line"), width: 1 },
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 12, 0, 0],
    cursor: {
      sync: { key: sync },
      drag: { x: onDrag !== null, y: false, setScale: false },
      points: { size: 6, width: 1.5 },
      y: false,
    },
    select: { show: onDrag !== null, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, range: () => [range.from, range.to] },
      y: upright.scale,
    },
    axes: [
      { ...axis, values: timeLabels, space: 90, ticks: { stroke: colour("line"), size: 4 }, size: 28 },
      {
        ...axis,
        size: 52,
        space: 18,
        values: (_, splits) => splits.map((each) => figure(each, 4)),
        ticks: { show: false },
        ...upright.axis,
      },
    ],
    series: [
      {},
      ...curves.map(({ label, colour: stroke, dashed }) => ({
        label,
        stroke,
        width: 1.25,
        spanGaps: false,
        points: { show: false },
        ...(dashed ? { dash: [5, 3] } : {}),
      })),
    ],
    hooks: {
      drawClear: [
        (plot) => paintCompressed(plot, upright.bands()),
        (plot) => paintShades(plot, options.shades()),
      ],
      draw: [
        (plot) => paintKnee(plot, upright.bands(), compressed),
        (plot) => paintLines(plot, limit, options.markers()),
      ],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: onDrag ? [(plot) => dragged(plot, onDrag)] : [],
    },
  };
}

interface Upright {
  scale: uPlot.Scale;
  axis: Pick<uPlot.Axis, "splits" | "filter">;
  /** How the axis is cut now. */
  bands: () => Bands | null;
}

/** An axis over the values there are. */
function even(): Upright {
  const range = (_: uPlot, low: number | null, high: number | null): [number, number] => {
    if (low === null || high === null) return [0, 1];
    const pad = Math.max((high - low) * 0.08, Math.abs(high) * 0.005, 1e-9);
    return [low - pad, high + pad];
  };
  return { scale: { range }, axis: {}, bands: () => null };
}

/** An axis of scores, cut anew with the data. */
function aroundLimit(limit: number): Upright {
  let bands: Bands | null = null;
  const range = (_: uPlot, __: number | null, high: number | null): [number, number] => {
    bands = bandsOf(limit, high ?? 0);
    return [0, bands?.top ?? evenTop(limit, high ?? 0)];
  };
  return {
    scale: { range, distr: 100, fwd: (value) => placed(value, bands), bwd: (place) => valueAt(place, bands) },
    // The filter keeps every label: on a scale of one's own, uPlot would keep powers of ten only.
    axis: { splits: (_, __, ___, top) => ticks(limit, top, bands), filter: (_, splits) => splits },
    bands: () => bands,
  };
}

function timeLabels(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  const day = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "short" });
  const time = new Intl.DateTimeFormat(navigator.language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(step < 60 ? { second: "2-digit" as const } : {}),
  });
  let shown = "";
  return splits.map((split) => {
    const at = new Date(split * 1000);
    const date = day.format(at);
    if (step >= 86_400) return date;
    const text = date === shown ? time.format(at) : `${date} ${time.format(at)}`;
    shown = date;
    return text;
  });
}

function paintShades(plot: uPlot, shades: readonly Shade[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, colour: fill } of shades) {
    const left = plot.valToPos(from, "x", true);
    const right = plot.valToPos(to, "x", true);
    ctx.fillStyle = fill;
    ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
  }
  ctx.restore();
}

/** Ground of the compressed part of the axis. */
function paintCompressed(plot: uPlot, bands: Bands | null): void {
  if (!bands) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour("panel-sunk");
  ctx.fillRect(bbox.left, bbox.top, bbox.width, plot.valToPos(bands.knee, "y", true) - bbox.top);
  ctx.restore();
}

/** Where it begins, with a word about it, so that nobody takes its distances for even ones. */
function paintKnee(plot: uPlot, bands: Bands | null, compressed: (above: number) => string): void {
  if (!bands) return;
  const { ctx, bbox } = plot;
  const knee = Math.round(plot.valToPos(bands.knee, "y", true));
  const px = window.devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour("line-strong");
  ctx.lineWidth = px;
  line(ctx, bbox.left, knee, bbox.left + bbox.width, knee);
  ctx.fillStyle = colour("ink-faint");
  ctx.font = `${11 * px}px ${colour("font")}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.fillText(compressed(bands.knee), bbox.left + 6 * px, knee - 2 * px);
  ctx.restore();
}

function paintLines(plot: uPlot, limit: number | null, markers: readonly number[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = window.devicePixelRatio;
  ctx.setLineDash([5 * window.devicePixelRatio, 4 * window.devicePixelRatio]);
  if (limit !== null) {
    const y = Math.round(plot.valToPos(limit, "y", true));
    ctx.strokeStyle = colour("alarm");
    line(ctx, bbox.left, y, bbox.left + bbox.width, y);
  }
  ctx.setLineDash([]);
  ctx.strokeStyle = colour("ink");
  for (const marker of markers) {
    const x = Math.round(plot.valToPos(marker, "x", true));
    if (x >= bbox.left && x <= bbox.left + bbox.width) line(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function dragged(plot: uPlot, onDrag: (range: Range) => void): void {
  const { left, width } = plot.select;
  if (width < 6) return;
  onDrag({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
