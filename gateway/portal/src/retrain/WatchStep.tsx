import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { useSubscription } from "urql";
import {
  LiveScoresDocument,
  type LiveScoresSubscription,
  StartShadowDocument,
  StopShadowDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { RangeBar } from "../trend/RangeBar";
import { SignalTrend } from "../trend/SignalTrend";
import { useRange } from "../trend/useRange";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { clock, figure, percent } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Notice } from "../ui/Status";
import { Ago } from "../ui/Time";
import { ShadowEvidence } from "./Evidence";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";
import type { RetrainAsset } from "./way";

type LiveScore = LiveScoresSubscription["scores"][number];

/** Champion and shadow on the same live rows: both scores, and how often they disagree. */
export function WatchStep({ asset, way, go, again }: StepProps) {
  const { t } = useLingui();
  const shown = useRange(asset.history, "6h");
  const champion = asset.deployment?.champion ?? null;
  const { candidate } = way;
  if (!candidate) return null;
  const mine = asset.deployment?.shadows.find(({ version }) => version?.id === candidate.id);
  return (
    <Panel
      title={<Trans>5. The shadow beside the champion</Trans>}
      note={<Trans>v{candidate.number} scores the same rows and answers nobody.</Trans>}
    >
      <div className={styles["content"]}>
        {champion ? (
          <>
            <ShadowSwitch asset={asset} candidate={candidate} running={way.shadowed} again={again} />
            {way.shadowed ? (
              <ShadowEvidence assetKey={asset.key} versionId={candidate.id} onShow={shown.zoom} />
            ) : null}
            <Live asset={asset} champion={champion.number} candidate={candidate.number} />
            {mine?.comparison ? <Compared {...mine.comparison} /> : null}
            <RangeBar span={shown.span} range={shown.range} onSpan={shown.setSpan} onBack={shown.back} />
            <SignalTrend
              asset={asset.id}
              title={t`Scores of both`}
              signals={[
                {
                  key: "score.shadow",
                  title: t`Shadow v${candidate.number}`,
                  unit: t`× limit`,
                  tone: "shadow-curve",
                },
                { key: "score", title: t`Champion v${champion.number}`, unit: t`× limit` },
              ]}
              note={
                <span className={styles["both"]}>
                  <span className={styles["grey"]}>━ {t`Champion v${champion.number}`}</span>{" "}
                  <span className={styles["blue"]}>━ {t`Shadow v${candidate.number}`}</span>
                </span>
              }
              range={shown.range}
              period={asset.contract.periodS}
              height={180}
              limit={1}
              onDrag={shown.zoom}
            />
          </>
        ) : (
          <Notice tone="act">
            <Trans>
              This asset has no champion yet, so there is nothing to compare with. The gates have been passed.
            </Trans>
          </Notice>
        )}
        <Actions>
          <Button onPress={() => go("dates")}>
            <Trans>Train again with other dates</Trans>
          </Button>
          <Button tone="main" onPress={() => go("promote")}>
            <Trans>Next: promote</Trans>
          </Button>
        </Actions>
      </div>
    </Panel>
  );
}

interface SwitchProps {
  asset: RetrainAsset;
  candidate: { id: string; number: number };
  running: boolean;
  again: () => void;
}

function ShadowSwitch({ asset, candidate, running, again }: SwitchProps) {
  const may = useMay();
  const start = useAct(StartShadowDocument);
  const stop = useAct(StopShadowDocument);
  const input = { assetId: asset.id, versionId: candidate.id };
  const problem = start.problem ?? stop.problem;
  return (
    <>
      {problem ? <Failed problem={problem} /> : null}
      {running ? null : (
        <Notice tone="silent">
          <Trans>The shadow is not running.</Trans>
        </Notice>
      )}
      {may("PROMOTE") ? (
        <div>
          {running ? (
            <Button small icon="undo" busy={stop.busy} onPress={() => void stop.run(input).then(again)}>
              <Trans>Stop the shadow</Trans>
            </Button>
          ) : (
            <Button small busy={start.busy} onPress={() => void start.run(input).then(again)}>
              <Trans>Start the shadow</Trans>
            </Button>
          )}
        </div>
      ) : null}
    </>
  );
}

/** The last score of each, as it is made. */
function Live({ asset, champion, candidate }: { asset: RetrainAsset; champion: number; candidate: number }) {
  const { t } = useLingui();
  const [last, setLast] = useState<{ champion: LiveScore | null; shadow: LiveScore | null }>({
    champion: null,
    shadow: null,
  });
  const [{ data }] = useSubscription({ query: LiveScoresDocument, variables: { assetId: asset.id } });
  const scores = data?.scores;
  useEffect(() => {
    if (!scores) return;
    setLast((before) => ({
      champion: scores.findLast(({ shadow }) => !shadow) ?? before.champion,
      shadow:
        scores.findLast(({ shadow, version }) => shadow && version?.number === candidate) ?? before.shadow,
    }));
  }, [scores, candidate]);
  return (
    <dl className={styles["live"]} data-testid="live-scores">
      <LiveFigure name={t`Champion v${champion} now`} score={last.champion} />
      <LiveFigure name={t`Shadow v${candidate} now`} score={last.shadow} />
    </dl>
  );
}

function LiveFigure({ name, score }: { name: string; score: LiveScore | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-over={(score?.value ?? 0) > 1 || undefined}>{figure(score?.value, 2)}</dd>
      <dd className={styles["small"]}>
        {score ? (
          <Trans>
            row of {clock(score.time)}, coverage {percent(score.coverage)}
          </Trans>
        ) : (
          <Trans>waiting for the next row</Trans>
        )}
      </dd>
    </div>
  );
}

interface ComparedProps {
  rows: number;
  abnormalChampion: number;
  abnormalShadow: number;
  agree: number;
  since: string | null;
}

function Compared({ rows, abnormalChampion, abnormalShadow, agree, since }: ComparedProps) {
  return (
    <dl className={styles["live"]} data-testid="comparison">
      <div>
        <dt>
          <Trans>Rows both answered</Trans>
        </dt>
        <dd>{figure(rows, 6)}</dd>
        <dd className={styles["small"]}>
          {since ? (
            <Trans>
              since <Ago at={since} />
            </Trans>
          ) : null}
        </dd>
      </div>
      <div>
        <dt>
          <Trans>Disagreements</Trans>
        </dt>
        <dd>{figure(rows - agree, 6)}</dd>
        <dd className={styles["small"]}>{rows > 0 ? percent((rows - agree) / rows) : null}</dd>
      </div>
      <div>
        <dt>
          <Trans>Called abnormal by the champion</Trans>
        </dt>
        <dd>{figure(abnormalChampion, 6)}</dd>
        <dd className={styles["small"]}>
          <Plural value={rows} one="of # row" other="of # rows" />
        </dd>
      </div>
      <div>
        <dt>
          <Trans>Called abnormal by the shadow</Trans>
        </dt>
        <dd>{figure(abnormalShadow, 6)}</dd>
        <dd className={styles["small"]}>
          <Plural value={rows} one="of # row" other="of # rows" />
        </dd>
      </div>
    </dl>
  );
}
