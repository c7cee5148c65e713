import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Link, ToggleButton } from "react-aria-components";
import { type Fitness, SuitabilityDocument, type SuitabilityQuery } from "../api/generated/graphql";
import { type Asked, useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { count, percent } from "../ui/format";
import { Failed, Mark, Notice, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { useSettled } from "../ui/useSettled";
import styles from "./Suitability.module.css";
import type { Dates } from "./way";

export type Verdict = SuitabilityQuery["suitability"];
export type Factor = Verdict["factors"][number];

const SETTLED_MS = 250;

/** The verdict on the dates, asked once they rest; the last one stays while they are dragged. */
export function useSuitability(assetIds: readonly string[], dates: Dates | null): Asked<SuitabilityQuery> {
  const from = useSettled(dates?.from ?? "", SETTLED_MS);
  const to = useSettled(dates?.to ?? "", SETTLED_MS);
  const empty = assetIds.length === 0 || !(Date.parse(from) < Date.parse(to));
  return useAsked(
    SuitabilityDocument,
    { assetIds: [...assetIds], ranges: [{ start: from, end: to }] },
    0,
    empty,
  );
}

interface SuitabilityProps {
  asked: Asked<SuitabilityQuery>;
  /** The factor whose evidence the charts show. */
  shown: string | null;
  onShow: (code: string | null) => void;
  onChoose: (dates: Dates) => void;
}

/** One verdict, the nearest better range, and each factor with its value, its limit and one sentence. */
export function Suitability({ asked, shown, onShow, onChoose }: SuitabilityProps) {
  const verdict = asked.data?.suitability;
  if (asked.problem) return <Failed problem={asked.problem} again={asked.again} />;
  if (!verdict) return asked.loading ? <Skeleton lines={3} /> : null;
  const { better } = verdict;
  return (
    <section className={styles["suitability"]} data-testid="suitability" data-verdict={verdict.verdict}>
      <Notice
        tone={NOTICE[verdict.verdict]}
        action={
          better ? (
            <Button small onPress={() => onChoose({ from: better.start, to: better.end })}>
              <Trans>Use this better range</Trans>
            </Button>
          ) : undefined
        }
      >
        <strong>
          <Said verdict={verdict.verdict} />
        </strong>{" "}
        <Trans>{count(verdict.rows)} rows.</Trans>{" "}
        {better ? (
          <Trans>
            The nearest better range is <Time at={better.start} /> to <Time at={better.end} />.
          </Trans>
        ) : null}
        {verdict.verdict !== "FITS" && !better && verdict.asked === 1 ? (
          <Trans>No range near it would do better.</Trans>
        ) : null}
      </Notice>
      {verdict.asked > 1 ? <Fleet verdict={verdict} /> : null}
      <ul className={styles["factors"]}>
        {verdict.factors.map((factor) => (
          <FactorRow key={factor.code} factor={factor} shown={shown === factor.code} onShow={onShow} />
        ))}
      </ul>
    </section>
  );
}

const NOTICE = { FITS: "good", WITH_CARE: "silent", DOES_NOT_FIT: "alarm" } as const;
const ICON = { FITS: "pass", WITH_CARE: "silent", DOES_NOT_FIT: "fail" } as const;

export function Said({ verdict }: { verdict: Fitness }) {
  switch (verdict) {
    case "FITS":
      return <Trans>This range fits.</Trans>;
    case "WITH_CARE":
      return <Trans>This range fits with care.</Trans>;
    case "DOES_NOT_FIT":
      return <Trans>This range does not fit.</Trans>;
  }
}

function FactorRow({
  factor,
  shown,
  onShow,
}: {
  factor: Factor;
  shown: boolean;
  onShow: (code: string | null) => void;
}) {
  const { t } = useLingui();
  const number = factor.code === "rows" || factor.code === "clock";
  const written = (value: number) => (number ? count(value) : percent(value));
  const limit = factor.refuse !== null && factor.verdict === "DOES_NOT_FIT" ? factor.refuse : factor.care;
  return (
    <li data-testid={`factor-${factor.code}`} data-verdict={factor.verdict}>
      <Mark tone={NOTICE[factor.verdict]} icon={ICON[factor.verdict]}>
        <FactorName factor={factor} />
      </Mark>
      <span className={styles["value"]}>
        {written(factor.value)}
        <span className={styles["limit"]}>
          {factor.below ? t`at least ${written(limit)}` : t`below ${written(limit)}`}
        </span>
      </span>
      <span className={styles["sentence"]}>{factor.sentence}</span>
      {factor.evidence.length > 0 ? (
        <ToggleButton
          className={styles["show"] ?? ""}
          isSelected={shown}
          onChange={(selected) => onShow(selected ? factor.code : null)}
        >
          <Trans>Show on the charts</Trans>
        </ToggleButton>
      ) : null}
    </li>
  );
}

function Fleet({ verdict }: { verdict: Verdict }) {
  const poor = verdict.assets.filter((one) => one.verdict !== "FITS").slice(0, 5);
  return (
    <div className={styles["fleet"]}>
      <p>
        <Plural
          value={verdict.notFitting}
          _0="All assets that were looked at suit."
          one="# asset does not fit."
          other="# assets do not fit."
        />{" "}
        {verdict.lookedAt < verdict.asked ? (
          <Trans>
            {count(verdict.lookedAt)} of {count(verdict.asked)} were looked at, spread evenly.
          </Trans>
        ) : null}
      </p>
      <ul>
        {poor.map(({ asset, worst }) => (
          <li key={asset.id}>
            <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>: {worst?.sentence}
          </li>
        ))}
      </ul>
    </div>
  );
}

function FactorName({ factor: { code, title } }: { factor: Factor }): ReactNode {
  switch (code) {
    case "rows":
      return <Trans>Rows</Trans>;
    case "gaps":
      return <Trans>Gaps</Trans>;
    case "missing":
      return <Trans>Missing signals</Trans>;
    case "coverage":
      return <Trans>Essential signals</Trans>;
    case "dead":
      return <Trans>Dead sensors</Trans>;
    case "core_events":
      return <Trans>Near part events</Trans>;
    case "other_regime":
      return <Trans>Old regime</Trans>;
    case "known_abnormal":
      return <Trans>Known abnormal</Trans>;
    case "model_abnormal":
      return <Trans>Abnormal to the model</Trans>;
    case "outliers":
      return <Trans>Unlike the rest</Trans>;
    case "contamination":
      return <Trans>Doubtful together</Trans>;
    case "regimes":
      return <Trans>Operating regimes</Trans>;
    case "units":
      return <Trans>Units</Trans>;
    case "clock":
      return <Trans>Clock</Trans>;
    default:
      return title ?? code;
  }
}
