import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { CancelJobDocument, type JobFactsFragment } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Failed } from "../ui/Status";
import { CANCEL_RIGHTS } from "./states";

/** Stops the job, for who may; nothing where it cannot be stopped. A rollout, which cannot be resumed, asks first. */
export function CancelJob({ job, onChanged }: { job: JobFactsFragment; onChanged: () => void }) {
  const { t } = useLingui();
  const may = useMay();
  const cancel = useAct(CancelJobDocument);
  const [asking, setAsking] = useState(false);
  if (!job.cancellable || !CANCEL_RIGHTS[job.jobKind].every(may)) return null;

  async function act() {
    await cancel.run({ jobId: job.id });
    setAsking(false);
    onChanged();
  }

  return (
    <>
      <Button
        small
        icon="close"
        busy={cancel.busy}
        onPress={() => (job.jobKind === "ROLLOUT" ? setAsking(true) : void act())}
      >
        <Trans>Cancel</Trans>
      </Button>
      {cancel.problem ? <Failed problem={cancel.problem} /> : null}
      <Dialog title={t`Cancel the rollout?`} open={asking} onClose={() => setAsking(false)} asks>
        <p>
          <Trans>
            The run under way is stopped as well. What was promoted stays. It cannot be resumed afterwards.
          </Trans>
        </p>
        <Actions>
          <Button onPress={() => setAsking(false)}>
            <Trans>Not now</Trans>
          </Button>
          <Button tone="danger" busy={cancel.busy} onPress={() => void act()}>
            <Trans>Cancel the rollout</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
