import { Trans, useLingui } from "@lingui/react/macro";
import { useSearchParams } from "wouter";
import { RetrainDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Answering } from "../asset/Answering";
import { Crumbs, NoSuchAsset } from "../asset/Asset";
import { WhatChanged } from "../blueprints/WhatChanged";
import { useHandsOn } from "../loops/useHandsOn";
import { LinkButton } from "../ui/Button";
import { Page } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";
import { DatesStep } from "./DatesStep";
import { EventStep } from "./EventStep";
import { GatesStep } from "./GatesStep";
import { PromoteStep } from "./PromoteStep";
import styles from "./Retrain.module.css";
import { Stepper } from "./Stepper";
import { TrainStep } from "./TrainStep";
import { WatchStep } from "./WatchStep";
import { open, type RetrainAsset, STEPS, type Step, setsOut, UNTROD, type Way, wayOf } from "./way";

export interface StepProps {
  asset: RetrainAsset;
  way: Way;
  go: (step: Step | null) => void;
  again: () => void;
}

/** The operator's way: part replaced → dates → train → gates → shadow → promote. Each step can be undone. */
export default function Retrain({ assetKey }: { assetKey: string }) {
  const { data, problem, loading, again } = useAsked(RetrainDocument, { key: assetKey }, 4000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.asset) return <NoSuchAsset assetKey={assetKey} />;
  return <Walk asset={data.asset} again={again} />;
}

function Walk({ asset, again }: { asset: RetrainAsset; again: () => void }) {
  useHandsOn(asset.id);
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const asked = STEPS.find((step) => step === query.get("step"));
  const walked = wayOf(asset);
  const way = walked.here === null && setsOut(asked) ? UNTROD : walked;
  const step = asked && open(asked, way) ? asked : (way.here ?? "promote");
  const go = (next: Step | null) =>
    setQuery((before) => {
      if (next) before.set("step", next);
      else before.delete("step");
      return before;
    });
  const Content = CONTENTS[step];
  return (
    <Page
      title={t`Retrain ${asset.title}`}
      above={<Crumbs asset={asset} />}
      lead={
        <Trans>
          The champion keeps answering until you promote another version. Every step can be undone.
        </Trans>
      }
      actions={
        <LinkButton href={`/assets/${encodeURIComponent(asset.key)}`}>
          <Trans>Back to the asset</Trans>
        </LinkButton>
      }
    >
      {step === "promote" ? null : <Answering asset={asset} onChanged={again} quiet />}
      <div className={styles["walk"]}>
        <Stepper way={way} step={step} onStep={go} />
        <div className={styles["column"]}>
          <Content asset={asset} way={way} go={go} again={again} />
          {step === "watch" && !way.promoted ? <Recipes asset={asset} way={way} /> : null}
        </div>
      </div>
    </Page>
  );
}

/** What the champion and its challenger were made by, where both are known. */
function Recipes({ asset, way }: { asset: RetrainAsset; way: Way }) {
  const before = asset.champion?.lineage.run?.declared;
  const mine = asset.versions.edges.find(({ node }) => node.id === way.candidate?.id);
  const after = mine?.node.lineage.run?.declared;
  if (!before || !after) return null;
  return (
    <WhatChanged before={before} after={after} note={<Trans>From the champion to its challenger.</Trans>} />
  );
}

const CONTENTS: Record<Step, (props: StepProps) => React.ReactNode> = {
  event: EventStep,
  dates: DatesStep,
  train: TrainStep,
  gates: GatesStep,
  watch: WatchStep,
  promote: PromoteStep,
};
