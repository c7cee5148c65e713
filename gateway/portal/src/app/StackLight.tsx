import { useLingui } from "@lingui/react/macro";
import type { Health } from "../api/generated/graphql";
import styles from "./Shell.module.css";

/** The light above the line: dark when all is normal; red for alarms, amber for assets that cannot be judged. */
export function StackLight({ counts }: { counts: ReadonlyMap<Health, number> }) {
  const { t } = useLingui();
  const alarms = counts.get("ALARM") ?? 0;
  const unjudged = (counts.get("SILENT") ?? 0) + (counts.get("BLIND") ?? 0);
  const words = alarms + unjudged === 0 ? t`Nothing abnormal` : t`${alarms} in alarm, ${unjudged} not judged`;
  return (
    <svg className={styles["light"]} width="16" height="28" viewBox="0 0 16 28" role="img" aria-label={words}>
      <title>{words}</title>
      <rect className={alarms ? styles["red"] : styles["off"]} x="1" y="1" width="14" height="8" rx="2" />
      <rect className={unjudged ? styles["amber"] : styles["off"]} x="1" y="10" width="14" height="8" />
      <rect className={styles["foot"]} x="1" y="19" width="14" height="8" rx="2" />
    </svg>
  );
}
