import { Trans } from "@lingui/react/macro";
import { GateTable } from "../runs/Gates";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Notice } from "../ui/Status";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";

export function GatesStep({ way, go }: StepProps) {
  const gates = (way.run?.gates.edges ?? []).map(({ node }) => node);
  const stopped = gates.filter(({ passed }) => !passed);
  return (
    <Panel title={<Trans>4. Did it pass the gates?</Trans>}>
      <div className={styles["content"]}>
        {gates.length === 0 ? (
          <Trans>The gates have not judged this asset yet.</Trans>
        ) : (
          <GateTable gates={gates} />
        )}
        {stopped.length > 0 ? (
          <>
            <Notice tone="silent">
              <Trans>The new version was stopped; nothing changed for the asset. Other dates may help.</Trans>
            </Notice>
            <Actions>
              <Button tone="main" onPress={() => go("dates")}>
                <Trans>Choose dates again</Trans>
              </Button>
            </Actions>
          </>
        ) : null}
        {way.candidate ? (
          <Actions>
            <Button tone="main" onPress={() => go("watch")}>
              <Trans>Next: watch the shadow</Trans>
            </Button>
          </Actions>
        ) : null}
      </div>
    </Panel>
  );
}
