import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useRef } from "react";
import { Link } from "react-aria-components";
import { useSubscription } from "urql";
import { AlarmRow } from "../alarms/AlarmRow";
import { AlarmChangedDocument, AssetDocument, type AssetQuery } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { OpenCapsule } from "../capsules/OpenCapsule";
import { DriftPanel } from "../drift/DriftPanel";
import { EventList } from "../events/EventList";
import { RegimeNote } from "../events/RegimeNote";
import { useHandsOn } from "../loops/useHandsOn";
import { AssetShadows } from "../shadows/AssetShadows";
import { RangeBar } from "../trend/RangeBar";
import type { Range } from "../trend/times";
import { useRange } from "../trend/useRange";
import { LinkButton } from "../ui/Button";
import { figure, percent } from "../ui/format";
import { HealthMark } from "../ui/Health";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, useNow } from "../ui/Time";
import { Answering } from "./Answering";
import styles from "./Asset.module.css";
import { Bound } from "./Bound";
import { sentence } from "./sentence";
import { ScorePanel, SignalsPanel } from "./Trends";
import { VersionList } from "./VersionList";

export type AssetData = NonNullable<AssetQuery["asset"]>;

/** Everything about one machine: how it is in words, then the curves, then what people did. */
export default function Asset({ assetKey }: { assetKey: string }) {
  const { data, problem, loading, again } = useAsked(AssetDocument, { key: assetKey }, 5000);
  const [changed] = useSubscription({
    query: AlarmChangedDocument,
    variables: { assetId: data?.asset?.id ?? null },
    pause: !data?.asset,
  });
  const alarm = changed.data?.alarmChanged;
  useEffect(() => {
    if (alarm) again();
  }, [alarm, again]);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={4} tall />;
  if (!data.asset) return <NoSuchAsset assetKey={assetKey} />;
  return <Known asset={data.asset} again={again} />;
}

export function NoSuchAsset({ assetKey }: { assetKey: string }) {
  return (
    <Empty title={<Trans>There is no asset “{assetKey}” here</Trans>}>
      <LinkButton href="/">
        <Trans>Go to the fleet</Trans>
      </LinkButton>
    </Empty>
  );
}

function Known({ asset, again }: { asset: AssetData; again: () => void }) {
  useHandsOn(asset.id);
  const may = useMay();
  const now = useNow(30_000);
  const shown = useRange(asset.history);
  const charts = useRef<HTMLDivElement>(null);
  function show(range: Range) {
    shown.zoom(range);
    charts.current?.scrollIntoView({ block: "nearest" });
  }
  return (
    <Page
      title={asset.title}
      above={<Crumbs asset={asset} />}
      lead={
        <>
          <HealthMark health={asset.health.health} />{" "}
          <span data-testid="sentence">{sentence(asset, now)}</span>
        </>
      }
      actions={
        <>
          {asset.champion && asset.health.lastRowAt ? (
            <OpenCapsule score={{ assetId: asset.id, time: asset.health.lastRowAt }} />
          ) : null}
          {may("TRAIN") ? (
            <LinkButton tone="main" icon="part" href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>
              <Trans>A part was replaced, or retrain</Trans>
            </LinkButton>
          ) : null}
        </>
      }
    >
      <RegimeNote assetKey={asset.key} regimes={asset.regimes} served={asset.champion !== null} />
      <Bound asset={asset} />
      <Answering asset={asset} onChanged={again} quiet />
      <AssetShadows asset={asset} onShow={show} onChanged={again} />
      <Figures asset={asset} />
      <RangeBar span={shown.span} range={shown.range} onSpan={shown.setSpan} onBack={shown.back} />
      <div className={styles["columns"]}>
        <div className={styles["stack"]}>
          <div ref={charts}>
            <ScorePanel asset={asset} shown={shown} />
          </div>
          <DriftPanel assetKey={asset.key} signals={asset.contract.signals} />
          <div className={styles["last"]}>
            <SignalsPanel asset={asset} shown={shown} />
          </div>
        </div>
        <div className={styles["stack"]}>
          <AlarmsPanel asset={asset} again={again} />
          <EventList
            assetId={asset.id}
            assetKey={asset.key}
            events={asset.events}
            range={shown.range}
            onChanged={again}
          />
          <VersionList assetKey={asset.key} />
        </div>
      </div>
    </Page>
  );
}

export function Crumbs({ asset }: { asset: { key: string; site?: string; line?: string } }) {
  const { t } = useLingui();
  return (
    <nav aria-label={t`Where this is`}>
      <Link href="/">
        <Trans>Fleet</Trans>
      </Link>
      {asset.site ? ` › ${asset.site} › ${asset.line}` : null} › <code>{asset.key}</code>
    </nav>
  );
}

function Figures({ asset }: { asset: AssetData }) {
  const { health, champion, contract, history } = asset;
  // Only judged rows have a health; before the first model there may be stored ones all the same.
  const last = health.lastRowAt ?? history?.last;
  return (
    <dl className={styles["figures"]}>
      <div>
        <dt>
          <Trans>Score (limit 1)</Trans>
        </dt>
        <dd data-over={(health.value ?? 0) > 1 || undefined}>{figure(health.value, 2)}</dd>
      </div>
      <div>
        <dt>
          <Trans>Coverage</Trans>
        </dt>
        <dd>
          {percent(health.coverage)}{" "}
          <small>
            <Plural value={contract.signals.length} one="of # signal" other="of # signals" />
          </small>
        </dd>
      </div>
      <div>
        <dt>
          <Trans>Last row</Trans>
        </dt>
        <dd>{last ? <Ago at={last} /> : <Trans>never</Trans>}</dd>
      </div>
      <div>
        <dt>
          <Trans>Champion</Trans>
        </dt>
        <dd>{champion ? <Trans>Version {champion.number}</Trans> : "–"}</dd>
      </div>
      <div>
        <dt>
          <Trans>Contract</Trans>
        </dt>
        <dd>
          {contract.title} <small>v{contract.version}</small>
        </dd>
      </div>
      {asset.labels.length > 0 ? (
        <div>
          <dt>
            <Trans>Labels</Trans>
          </dt>
          <dd className={styles["labels"]}>
            {asset.labels.map(({ key, value }) => (
              <code key={key}>
                {key}={value}
              </code>
            ))}
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

function AlarmsPanel({ asset, again }: { asset: AssetData; again: () => void }) {
  const alarms = asset.alarms.edges.map(({ node }) => node);
  const { openCase } = asset;
  return (
    <Panel title={<Trans>Alarms</Trans>} note={openCase ? <CaseNote openCase={openCase} /> : null} flush>
      {alarms.length === 0 ? <Empty title={<Trans>No alarm so far</Trans>} /> : null}
      <ul>
        {alarms.map((alarm) => (
          <AlarmRow
            key={alarm.id}
            alarm={alarm}
            signals={asset.contract.signals}
            named={false}
            onChanged={again}
          />
        ))}
      </ul>
    </Panel>
  );
}

function CaseNote({ openCase }: { openCase: NonNullable<AssetData["openCase"]> }) {
  const title = <Link href={`/cases/${encodeURIComponent(openCase.id)}`}>{openCase.title}</Link>;
  return openCase.closesAt ? (
    <Trans>
      Case cleared: {title}. It closes by itself <Ago at={openCase.closesAt} />, unless an alarm returns.
    </Trans>
  ) : (
    <>
      <Trans>Case open: {title}</Trans>
      {openCase.nextStep ? <>. {openCase.nextStep}</> : null}
    </>
  );
}
