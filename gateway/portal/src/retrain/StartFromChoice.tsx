import { Trans, useLingui } from "@lingui/react/macro";
import { Choose } from "../ui/Choose";
import styles from "./Retrain.module.css";

interface StartFromChoiceProps {
  fromChampion: boolean;
  /** Why the present model cannot be updated; null where it can. */
  obstacle: string | null;
  onChange: (fromChampion: boolean) => void;
}

/** Train anew or go on from the present model, with one sentence on when to choose which. */
export function StartFromChoice({ fromChampion, obstacle, onChange }: StartFromChoiceProps) {
  const { t } = useLingui();
  const choices = [
    { key: "new" as const, text: t`Train anew` },
    { key: "update" as const, text: t`Update the present model` },
  ];
  return (
    <div data-testid="start-from">
      <Choose
        label={t`How`}
        value={fromChampion ? "update" : "new"}
        choices={choices}
        onChange={(key) => onChange(key === "update")}
        isDisabled={obstacle !== null}
      />
      <p className={styles["small"]}>
        {obstacle ?? (
          <Trans>
            Update when the machine is the same and only moved a little: the model keeps what it knew. Train
            anew after a part was replaced, or when the old normal is gone.
          </Trans>
        )}
      </p>
    </div>
  );
}
