import { span } from "../ui/format";
import styles from "./Loops.module.css";
import { STAGES, shares } from "./stages";
import { useStageWord } from "./words";

/** Seconds of each stage beside each other; the same in words for readers and on hovering. */
export function Bar({ seconds }: { seconds: readonly number[] }) {
  const word = useStageWord();
  const parts = STAGES.map((stage, place) => `${word(stage)} ${span(seconds[place] ?? 0)}`);
  const text = parts.join(", ");
  return (
    <div className={styles["bar"]} role="img" aria-label={text} title={text}>
      {shares(seconds).map((share, place) =>
        share > 0 ? (
          <span key={STAGES[place]} data-stage={STAGES[place]} style={{ flexGrow: share }} />
        ) : null,
      )}
    </div>
  );
}
