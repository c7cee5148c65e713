import { Trans, useLingui } from "@lingui/react/macro";
import { useMemo, useRef } from "react";
import { percent } from "../ui/format";
import styles from "./Chart.module.css";
import { type Piece, pieces } from "./ranges";
import { gapLimit, NO_SERIES } from "./series";
import type { Range } from "./times";
import { useOnScreen } from "./useOnScreen";
import { useTrend } from "./useTrend";

const LOOKS = { main: styles["main"], fallback: styles["fallback"], none: styles["unanswered"] };
const SIGNALS = ["score.route"] as const;

/** Which model answered when: main, fallback (a sensor was lost), or none. Patterns, so that colour is not needed. */
export function CoverageStrip({ asset, range, period }: { asset: string; range: Range; period: number }) {
  const { t } = useLingui();
  const frame = useRef<HTMLDivElement>(null);
  const seen = useOnScreen(frame);
  const { trend } = useTrend({ asset, signals: SIGNALS, range, px: 800 }, seen);
  const found = useMemo(() => {
    const { t: times, v: values } = trend?.signals.get("score.route") ?? NO_SERIES;
    return pieces(times, values, gapLimit(period, range.to - range.from, 400, times));
  }, [trend, period, range.from, range.to]);
  const share = (route: Piece["route"]) => shareOf(found, route);
  const words = t`Answered by the main model ${percent(share("main"))}, by a fallback ${percent(share("fallback"))}, by none ${percent(share("none"))} of the time with rows.`;
  return (
    <div ref={frame}>
      <div className={styles["strip"]} role="img" aria-label={words}>
        {found.map((piece) => (
          <span
            key={`${piece.route}${piece.from}`}
            className={`${styles["piece"]} ${LOOKS[piece.route]}`}
            style={placed(piece, range)}
          />
        ))}
      </div>
      <div className={styles["legend"]} aria-hidden="true">
        <span>
          <span className={`${styles["key"]} ${LOOKS.main}`} />
          <Trans>Main model {percent(share("main"))}</Trans>
        </span>
        <span>
          <span className={`${styles["key"]} ${LOOKS.fallback}`} />
          <Trans>Fallback, a sensor is missing {percent(share("fallback"))}</Trans>
        </span>
        <span>
          <span className={`${styles["key"]} ${LOOKS.none}`} />
          <Trans>No answer {percent(share("none"))}</Trans>
        </span>
      </div>
    </div>
  );
}

function shareOf(found: readonly Piece[], route: Piece["route"]): number {
  const length = (some: readonly Piece[]) =>
    some.reduce((sum, { from, to }) => sum + Math.max(1, to - from), 0);
  const all = length(found);
  return all === 0 ? 0 : length(found.filter((piece) => piece.route === route)) / all;
}

function placed(piece: Piece, range: Range): { left: string; width: string } {
  const whole = range.to - range.from;
  const left = ((piece.from - range.from) / whole) * 100;
  const width = ((piece.to - piece.from) / whole) * 100;
  return { left: `${left}%`, width: `max(2px, ${width}%)` };
}
