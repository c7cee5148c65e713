import { Plural, Trans, useLingui } from "@lingui/react/macro";
import {
  type ShadowAdvice,
  ShadowEvidenceDocument,
  type ShadowEvidenceQuery,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { type Range, seconds } from "../trend/times";
import { Button } from "../ui/Button";
import { count, figure, percent } from "../ui/format";
import { Failed, Notice, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Retrain.module.css";

type Asset = NonNullable<ShadowEvidenceQuery["asset"]>;
type Shadow = NonNullable<Asset["deployment"]>["shadows"][number];
export type Evidence = NonNullable<Shadow["evidence"]>;

const TONE = { PROMOTE: "good", KEEP: "plain", WAIT: "silent", LOOK: "act" } as const;
const MOST_SHOWN = 5;
const AROUND = 1.5;

interface EvidenceProps {
  assetKey: string;
  versionId: string;
  /** Moves the charts to a place where the two differ. */
  onShow: (range: Range) => void;
}

/** What the shadow is worth: the proposal first, then the figures behind it, then where the two differ. */
export function ShadowEvidence({ assetKey, versionId, onShow }: EvidenceProps) {
  const asked = useAsked(ShadowEvidenceDocument, { key: assetKey });
  if (asked.problem) return <Failed problem={asked.problem} again={asked.again} />;
  if (!asked.data) return asked.loading ? <Skeleton lines={3} /> : null;
  const mine = asked.data.asset?.deployment?.shadows.find(({ version }) => version?.id === versionId);
  if (!mine?.evidence) return null;
  const { proposal, figures, judged, examples, latency } = mine.evidence;
  return (
    <section className={styles["content"]} data-testid="evidence" data-advice={proposal.advice}>
      <Notice
        tone={TONE[proposal.advice]}
        action={
          <Button small onPress={asked.again}>
            <Trans>Look again</Trans>
          </Button>
        }
      >
        <strong>
          <Advised advice={proposal.advice} />
        </strong>{" "}
        {proposal.sentence}
      </Notice>
      {figures.rows > 0 ? <Figures figures={figures} days={judged.days} latency={latency} /> : null}
      {examples.length > 0 ? <Examples examples={examples} onShow={onShow} /> : null}
    </section>
  );
}

function Advised({ advice }: { advice: ShadowAdvice }) {
  switch (advice) {
    case "PROMOTE":
      return <Trans>Promote?</Trans>;
    case "KEEP":
      return <Trans>Keep the champion.</Trans>;
    case "WAIT":
      return <Trans>Wait.</Trans>;
    case "LOOK":
      return <Trans>Look and decide.</Trans>;
  }
}

interface FiguresProps {
  figures: Evidence["figures"];
  days: number;
  latency: Evidence["latency"];
}

function Figures({ figures, days, latency }: FiguresProps) {
  const { t } = useLingui();
  return (
    <dl className={styles["live"]}>
      <div>
        <dt>
          <Trans>Failures warned of</Trans>
        </dt>
        <dd>{t`${count(figures.warnedShadow)}, champion ${count(figures.warnedChampion)}`}</dd>
        <dd className={styles["small"]}>
          <Plural
            value={figures.targets}
            one="of # failure or abnormal period"
            other="of # failures and abnormal periods"
          />
        </dd>
      </div>
      <div>
        <dt>
          <Trans>False alarms in 30 days</Trans>
        </dt>
        <dd>{t`${figure(figures.falseRateShadow, 2)}, champion ${figure(figures.falseRateChampion, 2)}`}</dd>
        <dd className={styles["small"]}>
          <Plural value={days} one="# day is old enough to count" other="# days are old enough to count" />
        </dd>
      </div>
      <div>
        <dt>
          <Trans>Rows unanswered</Trans>
        </dt>
        <dd>{t`${percent(figures.unansweredShadow)}, champion ${percent(figures.unansweredChampion)}`}</dd>
        <dd className={styles["small"]}>
          <Plural value={figures.rows} one="of # row" other="of # rows" />
        </dd>
      </div>
      {latency ? (
        <div>
          <dt>
            <Trans>Wait for a score</Trans>
          </dt>
          <dd data-over={latency.slow || undefined}>
            {t`${milliseconds(latency.shadowS)}, champion ${milliseconds(latency.championS)}`}
          </dd>
          <dd className={styles["small"]}>
            <Trans>at most {milliseconds(latency.limitS)}</Trans>
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

function milliseconds(value: number): string {
  return `${figure(value * 1000, 2)} ms`;
}

function Examples({ examples, onShow }: { examples: Evidence["examples"]; onShow: (range: Range) => void }) {
  return (
    <ul className={styles["examples"]}>
      {examples.slice(0, MOST_SHOWN).map((one) => (
        <li key={`${one.start} ${one.shadow}`}>
          <span>
            {one.shadow ? (
              <Trans>
                Only the shadow had an alarm, from <Time at={one.start} /> to <Time at={one.end} />, up to{" "}
                {figure(one.peak, 2)} × limit.
              </Trans>
            ) : (
              <Trans>
                Only the champion had an alarm, from <Time at={one.start} /> to <Time at={one.end} />, up to{" "}
                {figure(one.peak, 2)} × limit.
              </Trans>
            )}
          </span>
          <Button small onPress={() => onShow(around(one.start, one.end))}>
            <Trans>Show on the chart</Trans>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** The time itself and as much again on either side, ten minutes at least. */
function around(start: string, end: string): Range {
  const middle = (seconds(start) + seconds(end)) / 2;
  const half = Math.max(600, AROUND * (seconds(end) - seconds(start)));
  return { from: middle - half, to: middle + half };
}
