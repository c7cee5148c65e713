import { Trans, useLingui } from "@lingui/react/macro";
import type { PipelineFactsFragment } from "../api/generated/graphql";
import { Panel } from "../ui/Panel";
import { Mark } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Pipelines.module.css";
import { ProofMark } from "./Proof";
import { UseVersion } from "./Use";

/** Every version that was registered, newest first. */
export function Versions({ pipeline, again }: { pipeline: PipelineFactsFragment; again: () => void }) {
  const { t } = useLingui();
  return (
    <Panel title={<Trans>Versions</Trans>} flush>
      <table aria-label={t`Versions`} className={styles["table"]}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Version</Trans>
            </th>
            <th scope="col">
              <Trans>Proof</Trans>
            </th>
            <th scope="col">
              <Trans>Content</Trans>
            </th>
            <th scope="col">
              <Trans>Registered</Trans>
            </th>
            <th scope="col">
              <Trans>Used here</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {pipeline.versions.map((each) => {
            const used = pipeline.enabled && each.version === pipeline.version;
            return (
              <tr key={each.id} data-testid={`version-${each.version}`}>
                <th scope="row">{each.version}</th>
                <td>
                  <ProofMark proof={each.proof} />
                </td>
                <td>
                  <code title={each.content}>{each.content.slice(0, 12)}</code>
                </td>
                <td>
                  <Ago at={each.registeredAt} />
                  <div className={styles["hint"]}>{each.registeredBy}</div>
                </td>
                <td>
                  {used ? (
                    <Mark tone="good" icon="pass">
                      <Trans>Used</Trans>
                    </Mark>
                  ) : (
                    <UseVersion pipeline={pipeline} version={each} again={again} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
