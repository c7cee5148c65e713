import { Trans } from "@lingui/react/macro";
import { useMay } from "../app/session";
import { LinkButton } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import styles from "./Fleet.module.css";

/** What a new tenant sees: what to do next, in order. */
export function FirstSteps() {
  const may = useMay();
  return (
    <Page
      title={<Trans>Fleet</Trans>}
      lead={<Trans>No asset is connected yet. Three steps lead to the first model.</Trans>}
    >
      <Panel title={<Trans>What to do next</Trans>}>
        <ol className={styles["steps"]}>
          <li>
            <h3>
              <Trans>Agree on a contract and add assets</Trans>
            </h3>
            <p>
              <Trans>
                An engineer names the signals with their units and ranges (<code>putContract</code>) and adds
                the machines that send them (<code>createAssets</code>).
              </Trans>
            </p>
          </li>
          <li>
            <h3>
              <Trans>Send readings</Trans>
            </h3>
            <p>
              <Trans>
                Post Arrow, NDJSON or CSV to <code>/v1/ingest</code> with an API key, or publish over MQTT.
                Rows that do not keep to the contract wait in the quarantine, each with its reason.
              </Trans>
            </p>
            {may("MANAGE_KEYS") ? (
              <LinkButton href="/access">
                <Trans>Create an API key</Trans>
              </LinkButton>
            ) : null}
          </li>
          <li>
            <h3>
              <Trans>Train the first models</Trans>
            </h3>
            <p>
              <Trans>
                As soon as rows are stored, choose assets here and train. Each version passes its gates before
                it answers for a machine.
              </Trans>
            </p>
          </li>
        </ol>
      </Panel>
    </Page>
  );
}
