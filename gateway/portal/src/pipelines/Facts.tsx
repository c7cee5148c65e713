import { Trans, useLingui } from "@lingui/react/macro";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Mark } from "../ui/Status";
import styles from "./Pipelines.module.css";
import type { Details } from "./Steps";

type Parameter = Details["parameters"][number];

/** What a run may be given, as the notebook says it. */
export function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  const { t } = useLingui();
  if (parameters.length === 0) return null;
  return (
    <Panel title={<Trans>Parameters</Trans>} flush>
      <table aria-label={t`Parameters`} className={styles["table"]}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Parameter</Trans>
            </th>
            <th scope="col">
              <Trans>Kind</Trans>
            </th>
            <th scope="col">
              <Trans>In the notebook</Trans>
            </th>
            <th scope="col">
              <Trans>Range</Trans>
            </th>
            <th scope="col">
              <Trans>What it does</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {parameters.map((each) => (
            <tr key={each.key}>
              <th scope="row">{each.key}</th>
              <td>
                <Kind kind={each.kind} />
              </td>
              <td>{String(each.default)}</td>
              <td>
                <Range of={each} />
              </td>
              <td>
                {each.help}
                {each.fixed ? (
                  <div className={styles["hint"]}>
                    <Trans>As the notebook has it in every run</Trans>
                  </div>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Kind({ kind }: { kind: Parameter["kind"] }) {
  const { t } = useLingui();
  return { BOOL: t`yes or no`, INT: t`whole number`, FLOAT: t`number`, STR: t`text` }[kind];
}

function Range({ of }: { of: Parameter }) {
  if (of.choices.length > 0) return of.choices.join(", ");
  if (of.low === null && of.high === null) return "–";
  return (
    <Trans>
      {of.low === null ? "−∞" : figure(of.low, 6)} to {of.high === null ? "∞" : figure(of.high, 6)}
    </Trans>
  );
}

/** What was doubtful in the notebook when the package was made. */
export function Findings({ findings }: { findings: Details["findings"] }) {
  if (findings.length === 0) return null;
  return (
    <Panel title={<Trans>Findings</Trans>}>
      <ul className={styles["findings"]}>
        {findings.map((each) => (
          <li key={`${each.rule} ${each.cell} ${each.line}`}>
            <Mark tone={each.severity === "error" ? "alarm" : "silent"} icon="alarm">
              {each.rule}
            </Mark>{" "}
            <Trans>
              Cell {each.cell}, line {each.line}:
            </Trans>{" "}
            {each.what} {each.why} {each.fix}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What it was made with. */
export function Environment({ said }: { said: unknown }) {
  const { t } = useLingui();
  const rows = flat(said);
  if (rows.length === 0) return null;
  return (
    <Panel title={<Trans>Environment</Trans>} note={<Trans>that the notebook ran in</Trans>} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <section className={styles["long"]} tabIndex={0} aria-label={t`Environment, all of it`}>
        <table aria-label={t`Environment`} className={styles["table"]}>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

/** Facts by their path; what lies deeper than two objects is left to the file itself. */
function flat(said: unknown): [string, string][] {
  if (!isObject(said)) return [];
  return Object.entries(said).flatMap(([key, value]): [string, string][] =>
    isObject(value)
      ? Object.entries(value).map(([inner, fact]): [string, string] => [inner, text(fact)])
      : [[key, text(value)]],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
