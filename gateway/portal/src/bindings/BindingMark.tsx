import { useLingui } from "@lingui/react/macro";
import type { BindingState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

/** From nothing to a model of its own. */
export const BINDING_STATES = [
  "WAITING",
  "BORROWING",
  "BORROWED",
  "TRAINING",
  "OWN",
] as const satisfies readonly BindingState[];

const LOOKS: Record<BindingState, [Tone, IconName]> = {
  WAITING: ["plain", "wait"],
  BORROWING: ["act", "wait"],
  BORROWED: ["silent", "normal"],
  TRAINING: ["act", "wait"],
  OWN: ["good", "pass"],
};

/** The word for how far a bound asset is; the same word everywhere. */
export function useBindingWord(): (state: BindingState) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      WAITING: t`Waiting for rows`,
      BORROWING: t`Borrowing`,
      BORROWED: t`Borrowed model`,
      TRAINING: t`In training`,
      OWN: t`Own model`,
    })[state];
}

export function BindingMark({ state }: { state: BindingState }) {
  const word = useBindingWord();
  const [tone, icon] = LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}
