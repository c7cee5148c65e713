import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { address } from "../api/base";
import { LoopAssetsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Choose } from "../ui/Choose";
import { Field } from "../ui/Field";
import { Page, Panel } from "../ui/Panel";
import { Empty, Skeleton } from "../ui/Status";
import { useSettled } from "../ui/useSettled";
import styles from "./Loops.module.css";
import { LoopTable } from "./LoopTable";
import { Summary } from "./Summary";

const MONTHS = ["3", "12", "36"] as const;

/** How long it took from a change to a champion that knows it, and where the time went. */
export default function Loops() {
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const [typed, setTyped] = useState(query.get("asset") ?? "");
  const [months, setMonths] = useState<(typeof MONTHS)[number]>("12");
  const search = useSettled(typed.trim(), 300);
  const { data } = useAsked(LoopAssetsDocument, { search }, 0, search === "");
  const found = data?.assets.edges.map(({ node }) => node) ?? [];
  const asset = found.find(({ key, title }) => key === search || title === search);
  const choose = (value: string) => {
    setTyped(value);
    setQuery((before) => {
      if (value) before.set("asset", value);
      else before.delete("asset");
      return before;
    });
  };
  return (
    <Page
      title={<Trans>Loop</Trans>}
      lead={
        <Trans>How long it took from a change to a champion that knows it, and where the time went.</Trans>
      }
      actions={
        <a href={address("v1/loops")} download>
          <Trans>Download as CSV</Trans>
        </a>
      }
    >
      <Panel title={<Trans>Of which loops</Trans>}>
        <div className={styles["filters"]}>
          <Field
            label={t`Asset`}
            hint={t`Its key or title; empty for all.`}
            type="search"
            value={typed}
            onChange={choose}
            suggestions={found.map(({ key }) => key)}
          />
          <Choose
            label={t`Closed within`}
            value={months}
            choices={MONTHS.map((key) => ({ key, text: t`${key} months` }))}
            onChange={setMonths}
          />
        </div>
      </Panel>
      {search !== "" && !asset ? (
        data ? (
          <Empty title={<Trans>No asset has this key or title</Trans>} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : (
        <>
          <Summary months={Number(months)} assetId={asset?.id ?? null} />
          <LoopTable open assetId={asset?.id ?? null} />
          <LoopTable open={false} assetId={asset?.id ?? null} />
        </>
      )}
    </Page>
  );
}
