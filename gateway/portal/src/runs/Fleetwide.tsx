import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { PromoteRunDocument, type RunQuery, UndoRunDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed } from "../ui/Status";
import styles from "./Runs.module.css";

type RunData = NonNullable<RunQuery["run"]>;

/** What a person can do with all versions of a run at once: promote those that wait, bring back those before. */
export function Fleetwide({ run, again }: { run: RunData; again: () => void }) {
  const may = useMay();
  const { t } = useLingui();
  const promote = useAct(PromoteRunDocument);
  const undo = useAct(UndoRunDocument);
  const [asking, setAsking] = useState<"promote" | "undo" | null>(null);
  if (run.assetCount < 2 || !may("PROMOTE") || (run.challengers === 0 && run.champions === 0)) return null;
  const act = asking === "undo" ? undo : promote;
  const close = () => {
    promote.forget();
    undo.forget();
    setAsking(null);
  };
  const confirm = async () => {
    if (await act.run({ runId: run.id })) {
      close();
      again();
    }
  };
  return (
    <Panel title={<Trans>All assets of this run</Trans>}>
      <div className={styles["headline"]}>
        <p>
          <Plural
            value={run.challengers}
            one="# version passed its gates and waits."
            other="# versions passed their gates and wait."
          />{" "}
          <Plural value={run.champions} one="# version answers." other="# versions answer." />
        </p>
        {run.champions > 0 ? (
          <Button small onPress={() => setAsking("undo")}>
            <Trans>Bring back the champions before</Trans>
          </Button>
        ) : null}
        {run.challengers > 0 ? (
          <Button small tone="main" onPress={() => setAsking("promote")}>
            <Plural value={run.challengers} one="Promote # version" other="Promote # versions" />
          </Button>
        ) : null}
      </div>
      <Dialog
        title={asking === "undo" ? t`Bring back the champions before?` : t`Promote all that wait?`}
        open={asking !== null}
        onClose={close}
        asks
      >
        <p>
          {asking === "undo" ? (
            <Trans>
              Wherever this run’s version answers, the champion before answers again within seconds. An asset
              whose first champion it is keeps it. No row is lost.
            </Trans>
          ) : (
            <Trans>
              Each version becomes its asset’s champion within seconds, and no row is lost. The champions
              before are kept: you can bring them back here.
            </Trans>
          )}
        </p>
        {act.problem ? <Failed problem={act.problem} /> : null}
        <Actions>
          <Button onPress={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" busy={act.busy} onPress={() => void confirm()}>
            {asking === "undo" ? <Trans>Bring back</Trans> : <Trans>Promote</Trans>}
          </Button>
        </Actions>
      </Dialog>
    </Panel>
  );
}
