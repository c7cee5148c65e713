import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { PipelineDetailsQuery } from "../api/generated/graphql";
import { placed } from "./layers";
import styles from "./Pipelines.module.css";

type Node = Extract<NonNullable<PipelineDetailsQuery["node"]>, { __typename: "PipelineVersion" }>;
export type Details = NonNullable<Node["details"]>;
export type Step = Details["steps"][number];

const WIDE = 168;
const HIGH = 44;
const GAP_X = 56;
const GAP_Y = 18;
const EDGE = 8;
const LONGEST_NAME = 20;

/** The steps as they hang together; the table below it says the same to who cannot see it. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  const { t } = useLingui();
  const places = placed(steps);
  const at = new Map(places.map((place) => [place.step.name, place]));
  const columns = 1 + Math.max(-1, ...places.map(({ column }) => column));
  const rows = 1 + Math.max(-1, ...places.map(({ row }) => row));
  const width = columns * (WIDE + GAP_X) - GAP_X + 2 * EDGE;
  const height = rows * (HIGH + GAP_Y) + 2 * EDGE;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <section className={styles["drawing"]} tabIndex={0} aria-label={t`Steps, drawn`}>
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-labelledby="steps-said"
        >
          <title id="steps-said">{t`How the ${steps.length} steps hang together; the table below says the same.`}</title>
          {places.flatMap((place) =>
            place.step.after.map((name) => {
              const before = at.get(name);
              return before ? (
                <path
                  key={`${name} ${place.step.name}`}
                  className={styles["edge"]}
                  d={curve(before, place)}
                />
              ) : null;
            }),
          )}
          {places.map(({ step, column, row }) => (
            <g key={step.name} transform={`translate(${left(column)} ${top(row)})`}>
              <rect
                className={
                  step.isRecipe ? styles["recipe"] : step.isMetrics ? styles["metrics"] : styles["step"]
                }
                width={WIDE}
                height={HIGH}
                rx={6}
              />
              <text
                className={styles["name"]}
                x={WIDE / 2}
                y={HIGH / 2}
                dominantBaseline="central"
                textAnchor="middle"
              >
                {step.name.length > LONGEST_NAME ? `${step.name.slice(0, LONGEST_NAME - 1)}…` : step.name}
              </text>
            </g>
          ))}
        </svg>
      </section>
      <StepTable steps={steps} />
    </>
  );
}

function StepTable({ steps }: { steps: readonly Step[] }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Steps`} className={styles["table"]}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Step</Trans>
          </th>
          <th scope="col">
            <Trans>Cells</Trans>
          </th>
          <th scope="col">
            <Trans>Comes after</Trans>
          </th>
          <th scope="col">
            <Trans>Takes</Trans>
          </th>
          <th scope="col">
            <Trans>Gives</Trans>
          </th>
          <th scope="col">
            <Trans>Parameters</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr key={step.name}>
            <th scope="row">
              {step.name}
              {step.isRecipe ? (
                <div className={styles["hint"]}>
                  <Trans>The recipe is made of it</Trans>
                </div>
              ) : null}
              {step.isMetrics ? (
                <div className={styles["hint"]}>
                  <Plural
                    value={step.gives.length}
                    one="Its number is the metric"
                    other="Its # numbers are the metrics"
                  />
                </div>
              ) : null}
            </th>
            <td>{step.cells.join(", ")}</td>
            <td>{step.after.join(", ") || "–"}</td>
            <td>{step.takes.join(", ") || "–"}</td>
            <td>{step.gives.join(", ") || "–"}</td>
            <td>{step.parameters.join(", ") || "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const left = (column: number) => EDGE + column * (WIDE + GAP_X);
const top = (row: number) => EDGE + row * (HIGH + GAP_Y);

function curve(before: { column: number; row: number }, after: { column: number; row: number }): string {
  const [x1, y1] = [left(before.column) + WIDE, top(before.row) + HIGH / 2];
  const [x2, y2] = [left(after.column), top(after.row) + HIGH / 2];
  const bend = Math.max(GAP_X / 2, (x2 - x1) / 2);
  const dip = after.column - before.column > 1 && before.row === after.row ? HIGH : 0; // around what is between
  return `M${x1} ${y1} C${x1 + bend} ${y1 + dip} ${x2 - bend} ${y2 + dip} ${x2} ${y2}`;
}
