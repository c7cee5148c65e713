import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { memo } from "react";
import { Link } from "react-aria-components";
import type { FleetRowFragment } from "../api/generated/graphql";
import { percent } from "../ui/format";
import { HealthMark } from "../ui/Health";
import { Ago } from "../ui/Time";
import styles from "./Fleet.module.css";
import { ScoreBar } from "./ScoreBar";

interface RowProps {
  row: FleetRowFragment;
  index: number;
  top: number;
  chosen: boolean;
  onToggle: ((key: string) => void) | null;
}

export const FleetRow = memo(function FleetRow({ row, index, top, chosen, onToggle }: RowProps) {
  const { t } = useLingui();
  const { health } = row;
  return (
    <div
      className={`${styles["row"]} ${styles["item"]}`}
      role="row"
      aria-rowindex={index}
      data-chosen={chosen || undefined}
      data-testid={`asset-${row.key}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell">
        {onToggle ? (
          <input
            type="checkbox"
            checked={chosen}
            onChange={() => onToggle(row.key)}
            aria-label={t`Choose ${row.title}`}
          />
        ) : null}
      </span>
      <span role="cell">
        <HealthMark health={health.health} />
      </span>
      <span role="cell" className={styles["asset"]}>
        <Link href={`/assets/${encodeURIComponent(row.key)}`} className={styles["link"] ?? ""}>
          {row.title}
        </Link>
        <span className={styles["key"]}>{row.key}</span>
      </span>
      <span role="cell" className={styles["place"]} title={`${row.site} › ${row.line}`}>
        {row.site} <span aria-hidden="true">›</span> {row.line}
      </span>
      <span role="cell">
        <ScoreBar value={health.value} />
        {row.driftMark ? <Drifts mark={row.driftMark} /> : null}
      </span>
      <span role="cell" title={health.missing.join(", ")}>
        {percent(health.coverage)}
        {health.missing.length > 0 ? (
          <span className={styles["missing"]}>
            <Plural value={health.missing.length} one="# missing" other="# missing" />
          </span>
        ) : null}
      </span>
      <span role="cell">{health.lastRowAt ? <Ago at={health.lastRowAt} /> : "–"}</span>
      <span role="cell">
        {row.champion ? t`v${row.champion.number}` : "–"}
        {row.challenger ? (
          <span className={styles["shadow"]}>
            <Trans>v{row.challenger.number} in shadow</Trans>
          </span>
        ) : null}
      </span>
    </div>
  );
});

/** What drifts, in a few words; the asset's page says which signals. */
function Drifts({ mark }: { mark: NonNullable<FleetRowFragment["driftMark"]> }) {
  return (
    <span className={styles["missing"]} data-testid="drift-mark">
      {mark.drifting > 0 ? (
        <Plural value={mark.drifting} one="# signal drifts" other="# signals drift" />
      ) : (
        <Trans>Scores drift</Trans>
      )}
    </span>
  );
}
