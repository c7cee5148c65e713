import { Trans } from "@lingui/react/macro";
import { UndoPromotionDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Failed, Notice } from "../ui/Status";
import { Time } from "../ui/Time";
import type { AssetData } from "./Asset";

interface AnsweringProps {
  asset: Pick<AssetData, "id" | "key" | "deployment">;
  onChanged: () => void;
  /** Without the way to the comparison: on the page that is it. */
  quiet?: boolean;
}

/** What answers since when, what waits in the shadow, and how to bring the version before back. */
export function Answering({ asset, onChanged, quiet = false }: AnsweringProps) {
  const may = useMay();
  const undo = useAct(UndoPromotionDocument);
  const { deployment } = asset;
  const shadow = deployment?.shadows[0]?.version;
  if (!deployment) return null;
  const { champion, previous, promotedAt, settled } = deployment;
  return (
    <>
      {undo.problem ? <Failed problem={undo.problem} /> : null}
      {champion && previous && promotedAt ? (
        <Notice
          action={
            may("PROMOTE") ? (
              <Button
                small
                icon="undo"
                busy={undo.busy}
                onPress={() => void undo.run({ assetId: asset.id }).then(onChanged)}
              >
                <Trans>Undo: bring v{previous.number} back</Trans>
              </Button>
            ) : null
          }
        >
          {settled ? (
            <Trans>
              v{champion.number} answers since <Time at={promotedAt} />. Undo brings v{previous.number} back.
            </Trans>
          ) : (
            <Trans>v{champion.number} is being put in place; until then no row goes without an answer.</Trans>
          )}
        </Notice>
      ) : null}
      {shadow && !quiet ? (
        <Notice
          tone="act"
          action={
            <LinkButton small href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>
              <Trans>Compare and decide</Trans>
            </LinkButton>
          }
        >
          <Trans>v{shadow.number} scores the same rows in the shadow and answers nobody.</Trans>
        </Notice>
      ) : null}
    </>
  );
}
