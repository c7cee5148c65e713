import { useLingui } from "@lingui/react/macro";
import type { Health } from "../api/generated/graphql";
import type { IconName } from "./Icon";
import { Mark, type Tone } from "./Status";

const LOOKS: Record<Health, { tone: Tone; icon: IconName }> = {
  ALARM: { tone: "alarm", icon: "alarm" },
  SILENT: { tone: "silent", icon: "silent" },
  BLIND: { tone: "blind", icon: "blind" },
  NORMAL: { tone: "plain", icon: "normal" },
  NO_MODEL: { tone: "plain", icon: "none" },
};

export const HEALTHS: readonly Health[] = ["ALARM", "SILENT", "BLIND", "NORMAL", "NO_MODEL"];

/** The word for a state, worst first; the same word everywhere. */
export function useHealthWord(): (health: Health) => string {
  const { t } = useLingui();
  return (health) => {
    switch (health) {
      case "ALARM":
        return t`Alarm`;
      case "SILENT":
        return t`Silent`;
      case "BLIND":
        return t`Blind`;
      case "NORMAL":
        return t`Normal`;
      case "NO_MODEL":
        return t`No model`;
    }
  };
}

export function HealthMark({ health }: { health: Health }) {
  const word = useHealthWord();
  return (
    <Mark tone={LOOKS[health].tone} icon={LOOKS[health].icon}>
      {word(health)}
    </Mark>
  );
}
