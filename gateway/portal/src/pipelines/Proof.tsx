import { Trans, useLingui } from "@lingui/react/macro";
import type { PipelineVersionRowFragment } from "../api/generated/graphql";
import { figure } from "../ui/format";
import { Mark } from "../ui/Status";
import styles from "./Pipelines.module.css";

type Version = PipelineVersionRowFragment;

/** Whether a clean process gave the notebook's own metrics. */
export function ProofMark({ proof }: { proof: Version["proof"] }) {
  const { t } = useLingui();
  return proof?.proven ? (
    <Mark tone="good" icon="pass">
      {t`Proven`}
    </Mark>
  ) : (
    <Mark tone="silent" icon="alarm">
      {t`Not proven`}
    </Mark>
  );
}

/** The mark, what it means, and the numbers. */
export function Proof({ proof }: { proof: Version["proof"] }) {
  const { t } = useLingui();
  const snapshot = proof?.snapshot.slice(0, 12);
  return (
    <>
      <p>
        <ProofMark proof={proof} />{" "}
        {proof?.proven ? (
          <Trans>
            A clean process gave the notebook's own metrics, to within a share of {figure(proof.tolerance, 2)}
            .
          </Trans>
        ) : (
          <Trans>
            No clean process has given the notebook's metrics. `%link prove` in the notebook does.
          </Trans>
        )}
        {snapshot ? (
          <>
            {" "}
            <Trans>
              Rows: snapshot <code>{snapshot}</code>.
            </Trans>
          </>
        ) : null}
      </p>
      {proof && proof.metrics.length > 0 ? (
        <dl className={styles["metrics-list"]} aria-label={t`Metrics`}>
          {proof.metrics.map(({ key, value }) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{figure(value, 5)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      <p className={styles["hint"]}>
        <Trans>
          This is what the package says of its notebook. Each model is judged by the gates of its own run.
        </Trans>
      </p>
    </>
  );
}
