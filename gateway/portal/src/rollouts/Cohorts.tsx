import { Trans, useLingui } from "@lingui/react/macro";
import { count } from "../ui/format";
import type { RolloutData } from "./Rollout";
import { useAssetWord } from "./RolloutMark";
import styles from "./Rollouts.module.css";
import { ASSET_STATES, type Counts, countsOf, sum } from "./states";

/** A row a cohort: how many of its assets are in each state, as a bar and in numbers. */
export function Cohorts({ rollout }: { rollout: RolloutData }) {
  const { t } = useLingui();
  const word = useAssetWord();
  const cohorts = rollout.cohorts.map(({ number, counts }) => ({ number, counts: countsOf({ counts }) }));
  const used = ASSET_STATES.filter((state) => cohorts.some(({ counts }) => counts.has(state)));
  return (
    <table className={styles["cohorts"]} aria-label={t`Assets by cohort`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Cohort</Trans>
          </th>
          <th scope="col" className={styles["wide"]}>
            <Trans>Share</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Assets</Trans>
          </th>
          {used.map((state) => (
            <th key={state} scope="col" className="number">
              <span className={styles["key"]} data-state={state} aria-hidden="true" />
              {word(state)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {cohorts.map(({ number, counts }) => (
          <tr key={number} data-testid={`cohort-${number}`} aria-current={number === rollout.cohort}>
            <th scope="row">{number}</th>
            <td className={styles["wide"]}>
              <Bar counts={counts} />
            </td>
            <td className="number">{count(sum(counts))}</td>
            {used.map((state) => (
              <td key={state} className="number">
                {counts.has(state) ? count(counts.get(state) ?? 0) : "–"}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Decoration: the numbers beside it say the same. */
export function Bar({ counts }: { counts: Counts }) {
  const all = sum(counts);
  return (
    <div className={styles["bar"]} aria-hidden="true">
      {ASSET_STATES.filter((state) => counts.has(state)).map((state) => (
        <span
          key={state}
          data-state={state}
          style={{ width: `${((counts.get(state) ?? 0) / all) * 100}%` }}
        />
      ))}
    </div>
  );
}
