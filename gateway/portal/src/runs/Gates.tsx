import { Trans, useLingui } from "@lingui/react/macro";
import { figure } from "../ui/format";
import { Mark } from "../ui/Status";
import styles from "./Runs.module.css";

export interface Gate {
  key: string;
  title: string;
  passed: boolean;
  value: number | null;
  limit: number | null;
  sentence: string;
}

/** A gate in the reader's language; that of a plugin as the plugin calls it. */
export function useGateWord(): (gate: Pick<Gate, "key" | "title">) => string {
  const { t } = useLingui();
  return ({ key, title }) => {
    switch (key) {
      case "contract":
        return t`Contract`;
      case "environment":
        return t`Environment`;
      case "held_out":
        return t`Held-out rows`;
      case "reference":
        return t`Classical reference`;
      case "not_worse":
        return t`Not worse than the champion`;
      case "old_ground":
        return t`The champion's old ground`;
      case "sensor_loss":
        return t`Sensor loss`;
      case "latency":
        return t`Answer time`;
      case "replay":
        return t`Exact replay`;
      default:
        return title;
    }
  };
}

/** The checks a version had to pass: value, limit, and one sentence each. */
export function GateTable({ gates }: { gates: readonly Gate[] }) {
  const { t } = useLingui();
  const word = useGateWord();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section className={styles["scroll"]} tabIndex={0} aria-label={t`Gates`}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Gate</Trans>
            </th>
            <th scope="col">
              <Trans>Result</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Value</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Limit</Trans>
            </th>
            <th scope="col">
              <Trans>What it means</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {gates.map((gate) => (
            <tr key={gate.key} data-testid={`gate-${gate.key}`}>
              <th scope="row">{word(gate)}</th>
              <td>
                <Verdict passed={gate.passed} />
              </td>
              <td className="number">{figure(gate.value)}</td>
              <td className="number">{figure(gate.limit)}</td>
              <td>{gate.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The same checks in a narrow place, a line each. */
export function GateList({ gates }: { gates: readonly Gate[] }) {
  const word = useGateWord();
  return (
    <ul className={styles["gates"]}>
      {gates.map((gate) => (
        <li key={gate.key}>
          <strong>{word(gate)}</strong>
          <Verdict passed={gate.passed} />
          <span className={styles["hint"]}>{gate.sentence}</span>
        </li>
      ))}
    </ul>
  );
}

export function Verdict({ passed }: { passed: boolean }) {
  return passed ? (
    <Mark tone="good" icon="pass">
      <Trans>Passed</Trans>
    </Mark>
  ) : (
    <Mark tone="alarm" icon="fail">
      <Trans>Stopped</Trans>
    </Mark>
  );
}
