import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useMemo, useState } from "react";
import { Link } from "react-aria-components";
import { useLocation, useSearchParams } from "wouter";
import { AssetsByKeysDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Field } from "../ui/Field";
import { fromLocalField, toLocalField } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Retrain.module.css";
import { StartRun } from "./StartRun";
import { Suitability, useSuitability } from "./Suitability";
import type { Dates } from "./way";

/** One run for several assets of a contract: the same dates for all, gates and promotion for each. */
export default function RetrainMany() {
  const [query] = useSearchParams();
  const keys = (query.get("assets") ?? "").split(",").filter(Boolean).slice(0, 100);
  const { data, problem, loading, again } = useAsked(AssetsByKeysDocument, { keys }, 0, keys.length === 0);
  const assets = data?.assetsByKeys ?? [];
  const contracts = [...new Set(assets.map(({ contract }) => contract.key))];
  return (
    <Page
      title={<Trans>Retrain together</Trans>}
      lead={
        <Trans>
          One run trains a version for each asset; each passes its own gates and is promoted by itself.
        </Trans>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={5} /> : null}
      {keys.length === 0 || (data && assets.length === 0) ? (
        <Empty title={<Trans>No assets chosen</Trans>}>
          <Link href="/">
            <Trans>Choose some in the fleet</Trans>
          </Link>
        </Empty>
      ) : null}
      {contracts.length > 1 ? (
        <Notice tone="silent">
          <Trans>
            The chosen assets keep to different contracts ({contracts.join(", ")}). A run trains assets of one
            contract.
          </Trans>
        </Notice>
      ) : null}
      {assets.length > 0 && contracts[0] && contracts.length === 1 ? (
        <Form assets={assets} contract={contracts[0]} />
      ) : null}
    </Page>
  );
}

interface FormProps {
  assets: readonly {
    id: string;
    key: string;
    title: string;
    history: { first: string; last: string } | null;
  }[];
  contract: string;
}

function Form({ assets, contract }: FormProps) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const stored = assets.flatMap(({ history }) => (history ? [history] : []));
  const first =
    stored
      .map((each) => each.first)
      .toSorted()
      .at(-1) ?? null;
  const last = stored.map((each) => each.last).toSorted()[0] ?? null;
  const [from, setFrom] = useState(() => (first ? toLocalField(first) : ""));
  const [to, setTo] = useState(() => (last ? toLocalField(last) : ""));
  const dates: Dates = { from: fromLocalField(from) ?? "", to: fromLocalField(to) ?? "" };
  const ids = useMemo(() => assets.map(({ id }) => id), [assets]);
  const asked = useSuitability(ids, dates);
  return (
    <Panel title={<Plural value={assets.length} one="# asset" other="# assets" />}>
      <div className={styles["content"]}>
        <ul className={styles["assets"]}>
          {assets.map((asset) => (
            <li key={asset.id}>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>{" "}
              <span className={styles["small"]}>
                {asset.history ? (
                  <Trans>
                    rows from <Time at={asset.history.first} /> to <Time at={asset.history.last} />
                  </Trans>
                ) : (
                  <Trans>no rows stored</Trans>
                )}
              </span>
            </li>
          ))}
        </ul>
        <div className={styles["fields"]}>
          <Field
            label={t`From`}
            type="datetime-local"
            value={from}
            onChange={setFrom}
            hint={t`Preset: where all assets have rows.`}
          />
          <Field label={t`To`} type="datetime-local" value={to} onChange={setTo} />
        </div>
        <Suitability
          asked={asked}
          shown={null}
          onShow={() => undefined}
          onChoose={(better) => {
            setFrom(toLocalField(better.from));
            setTo(toLocalField(better.to));
          }}
        />
        <StartRun
          contract={contract}
          assetIds={assets.map(({ id }) => id)}
          dates={dates}
          disabled={!(Date.parse(dates.from) < Date.parse(dates.to))}
          verdict={asked.data?.suitability.verdict ?? null}
          onStarted={(run) => navigate(`/runs/${encodeURIComponent(run)}`)}
        />
      </div>
    </Panel>
  );
}
