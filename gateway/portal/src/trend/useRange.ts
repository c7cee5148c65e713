import { useEffect, useState } from "react";
import { cut, fitting, type Span, spanned } from "./ranges";
import { type Range, seconds } from "./times";

const EVERY_MS = 10_000;

export interface Shown {
  range: Range;
  span: Span | null;
  setSpan: (span: Span) => void;
  zoom: (range: Range) => void;
  back: (() => void) | null;
}

/** What all charts of a page show: a span that follows the last row, or a range that was dragged. */
export function useRange(history: { first: string; last: string } | null, preset: Span | null = null): Shown {
  const first = history ? seconds(history.first) : null;
  const last = history ? seconds(history.last) : null;
  const [chosen, setChosen] = useState<Span | null>(preset);
  const [zoomed, setZoomed] = useState<Range | null>(null);
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(Math.floor(Date.now() / 1000));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const span = chosen ?? fitting(first, last);
  return {
    range: zoomed ?? spanned(span, last, now),
    span: zoomed ? null : span,
    setSpan: (next) => {
      setChosen(next);
      setZoomed(null);
    },
    zoom: (range) => setZoomed(cut(range)),
    back: zoomed ? () => setZoomed(null) : null,
  };
}
