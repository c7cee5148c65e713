import { useLingui } from "@lingui/react/macro";
import type { JobKind, JobState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

const LOOKS: Record<JobState, [Tone, IconName]> = {
  WAITING: ["plain", "wait"],
  RUNNING: ["act", "wait"],
  PAUSED: ["silent", "alarm"],
  CANCELLING: ["act", "wait"],
  SUCCEEDED: ["good", "pass"],
  FAILED: ["alarm", "failure"],
  CANCELLED: ["plain", "close"],
};

export function useStateWord(): (state: JobState) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      WAITING: t`Waiting`,
      RUNNING: t`Running`,
      PAUSED: t`Paused`,
      CANCELLING: t`Cancelling`,
      SUCCEEDED: t`Succeeded`,
      FAILED: t`Failed`,
      CANCELLED: t`Cancelled`,
    })[state];
}

export function useKindWord(): (kind: JobKind) => string {
  const { t } = useLingui();
  return (kind) => ({ IMPORT: t`Import`, EXPORT: t`Export`, RUN: t`Run`, ROLLOUT: t`Rollout` })[kind];
}

export function JobMark({ state }: { state: JobState }) {
  const word = useStateWord();
  const [tone, icon] = LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}
