import { Trans } from "@lingui/react/macro";
import { useLocation } from "wouter";
import { OpenCapsuleDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Failed } from "../ui/Status";

const NOTHING = { alarmId: null, assetId: null, time: null, versionId: null };

interface OpenCapsuleProps {
  /** The alarm, or asset and time of the row. */
  score: { alarmId: string } | { assetId: string; time: string };
}

/** From a score to all that reproduces it: the capsule there is, or a new one. */
export function OpenCapsule({ score }: OpenCapsuleProps) {
  const may = useMay();
  const [, go] = useLocation();
  const open = useAct(OpenCapsuleDocument);
  if (!may("OPEN_CAPSULES")) return null;
  const press = async () => {
    const found = await open.run({ ...NOTHING, ...score });
    if (found) go(`/capsules/${encodeURIComponent(found.id)}`);
  };
  return (
    <>
      <Button small icon="search" busy={open.busy} onPress={() => void press()}>
        <Trans>Open as capsule</Trans>
      </Button>
      {open.problem ? <Failed problem={open.problem} /> : null}
    </>
  );
}
