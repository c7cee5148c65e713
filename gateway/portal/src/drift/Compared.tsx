import { useLingui } from "@lingui/react/macro";
import type { SignalDriftFactsFragment } from "../api/generated/graphql";
import { figure } from "../ui/format";
import styles from "./Drift.module.css";

const WIDTH = 120;
const EDGE = 3;

/** Where nine tenths of the values lay and lie, on one scale, with the medians. */
export function Compared({ one }: { one: SignalDriftFactsFragment }) {
  const { t } = useLingui();
  const { before, now } = one;
  if (!before || !now) return null;
  const least = Math.min(before.low, now.low);
  const span = Math.max(before.high, now.high) - least;
  const place = (value: number) => EDGE + (span > 0 ? (value - least) / span : 0.5) * (WIDTH - 2 * EDGE);
  const said = t`Median before ${figure(before.median)}, now ${figure(now.median)}`;
  return (
    <svg className={styles["compared"]} viewBox={`0 0 ${WIDTH} 22`} width={WIDTH} height={22} role="img">
      <title>{said}</title>
      {[before, now].map((part, row) => {
        const y = 6 + 10 * row;
        return (
          <g key={row === 0 ? "before" : "now"} data-now={row === 1 || undefined}>
            <line x1={place(part.low)} x2={Math.max(place(part.high), place(part.low) + 1)} y1={y} y2={y} />
            <circle cx={place(part.median)} cy={y} r={3} />
          </g>
        );
      })}
    </svg>
  );
}
