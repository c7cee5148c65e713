import { useLingui } from "@lingui/react/macro";
import { Button as Pressable } from "react-aria-components";
import { Icon } from "../ui/Icon";
import styles from "./Retrain.module.css";
import { open, STEPS, type Step, stateOf, type Way } from "./way";

export function useStepWord(): (step: Step) => string {
  const { t } = useLingui();
  return (step) =>
    ({
      event: t`Part replaced`,
      dates: t`Choose dates`,
      train: t`Train`,
      gates: t`Gates`,
      watch: t`Watch the shadow`,
      promote: t`Promote`,
    })[step];
}

/** The steps as a list of buttons; those behind can be opened again. */
export function Stepper({ way, step, onStep }: { way: Way; step: Step; onStep: (step: Step) => void }) {
  const { t } = useLingui();
  const word = useStepWord();
  const states = { done: t`done`, here: t`next`, ahead: t`later` };
  return (
    <nav aria-label={t`Steps`}>
      <ol className={styles["stepper"]}>
        {STEPS.map((each, place) => {
          const state = stateOf(each, way);
          return (
            <li key={each} data-state={state}>
              <Pressable
                className={styles["step"] ?? ""}
                isDisabled={!open(each, way)}
                aria-current={each === step ? "step" : false}
                onPress={() => onStep(each)}
              >
                <span className={styles["bullet"]} aria-hidden="true">
                  {state === "done" ? <Icon name="pass" size={12} /> : place + 1}
                </span>
                <span>{word(each)}</span>
                <span className={styles["state"]}>{states[state]}</span>
              </Pressable>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
