import { figure } from "../ui/format";
import styles from "./Fleet.module.css";

/** The score on a scale from 0 to 2 with the limit in the middle; grey below the limit. */
export function ScoreBar({ value }: { value: number | null }) {
  const share = value === null ? 0 : Math.min(1, Math.max(0, value / 2));
  const over = value !== null && value > 1;
  return (
    <span className={styles["score"]}>
      <span className={styles["scale"]} aria-hidden="true">
        <span className={over ? styles["over"] : styles["under"]} style={{ width: `${share * 100}%` }} />
        <span className={styles["limit"]} />
      </span>
      <span className={over ? styles["high"] : ""}>{figure(value, 2)}</span>
    </span>
  );
}
