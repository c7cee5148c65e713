import { Trans } from "@lingui/react/macro";
import { CancelJobDocument, type JobFactsFragment } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Failed } from "../ui/Status";
import { CANCEL_RIGHTS } from "./states";

/** Stops the job, for who may; nothing where it cannot be stopped. */
export function CancelJob({ job, onChanged }: { job: JobFactsFragment; onChanged: () => void }) {
  const may = useMay();
  const cancel = useAct(CancelJobDocument);
  if (!job.cancellable || !CANCEL_RIGHTS[job.jobKind].every(may)) return null;
  return (
    <>
      <Button
        small
        icon="close"
        busy={cancel.busy}
        onPress={() => void cancel.run({ jobId: job.id }).then(onChanged)}
      >
        <Trans>Cancel</Trans>
      </Button>
      {cancel.problem ? <Failed problem={cancel.problem} /> : null}
    </>
  );
}
