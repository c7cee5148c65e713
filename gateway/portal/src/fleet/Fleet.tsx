import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useDeferredValue, useEffect, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { useSearchParams } from "wouter";
import type { Health } from "../api/generated/graphql";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { count } from "../ui/format";
import { HEALTHS } from "../ui/Health";
import { Page } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { useSettled } from "../ui/useSettled";
import { FirstSteps } from "./FirstSteps";
import styles from "./Fleet.module.css";
import { FleetList } from "./FleetList";
import { HealthChips } from "./HealthChips";
import { useFleet } from "./useFleet";

/** The state of every asset: what is abnormal stands out, what is normal stays grey. */
export function Fleet() {
  const { t } = useLingui();
  const may = useMay();
  const [query, setQuery] = useSearchParams();
  const health = HEALTHS.find((known) => known === query.get("state")) ?? null;
  const [typed, setTyped] = useState(query.get("search") ?? "");
  const search = useDeferredValue(useSettled(typed.trim(), 250));
  const [asked, setAsked] = useState(query.get("labels") ?? "");
  const labels = useDeferredValue(useSettled(asked.trimEnd(), 250));
  const drifting = query.has("drifting");
  const fleet = useFleet(search, labels, health, drifting);
  const unread = fleet.problem?.code === "LABEL_QUERY_INVALID" ? fleet.problem.message : null;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const all = [...fleet.counts.values()].reduce((sum, each) => sum + each, 0);
  useEffect(() => {
    setQuery(
      (before) => {
        for (const [name, value] of Object.entries({ search, labels })) {
          if (value) before.set(name, value);
          else before.delete(name);
        }
        return before;
      },
      { replace: true },
    );
  }, [search, labels, setQuery]);
  const choose = (next: Health | null) =>
    setQuery((before) => {
      if (next) before.set("state", next);
      else before.delete("state");
      return before;
    });

  const driftingOnly = (only: boolean) =>
    setQuery((before) => {
      if (only) before.set("drifting", "1");
      else before.delete("drifting");
      return before;
    });

  if (fleet.loaded && all === 0 && fleet.total === 0 && !search && !labels && !health && !drifting)
    return <FirstSteps />;
  return (
    <Page title={<Trans>Fleet</Trans>} lead={<Lead counts={fleet.counts} />}>
      <div className={styles["tools"]}>
        <div className={styles["chips"]}>
          <HealthChips counts={fleet.counts} all={all} chosen={health} onChoose={choose} />
          <ToggleButton className={styles["chip"] ?? ""} isSelected={drifting} onChange={driftingOnly}>
            <Trans>Only what drifts</Trans>
          </ToggleButton>
        </div>
        <div className={styles["search"]}>
          <Field
            label={t`Search asset, line or site`}
            hideLabel
            type="search"
            value={typed}
            onChange={setTyped}
          />
          <Field
            label={t`Labels, such as line=3, !retired`}
            hideLabel
            type="search"
            value={asked}
            onChange={setAsked}
            error={unread}
          />
        </div>
      </div>
      {fleet.problem && !unread ? <Failed problem={fleet.problem} again={fleet.again} /> : null}
      {!fleet.loaded && !fleet.problem ? <Skeleton lines={12} /> : null}
      {fleet.loaded && fleet.rows.length === 0 ? (
        <Empty title={<Trans>No asset matches</Trans>}>
          <Button
            onPress={() => {
              setTyped("");
              setAsked("");
              setQuery((before) => {
                for (const name of ["state", "drifting"]) before.delete(name);
                return before;
              });
            }}
          >
            <Trans>Show all assets</Trans>
          </Button>
        </Empty>
      ) : null}
      {fleet.loaded && (search || labels || health || drifting) ? (
        <p className={styles["found"]} role="status">
          <Trans>
            {count(fleet.total)} of {count(all)} assets
          </Trans>
        </p>
      ) : null}
      {fleet.rows.length > 0 ? (
        <FleetList
          rows={fleet.rows}
          total={fleet.total}
          chosen={chosen}
          onChosen={may("TRAIN") ? setChosen : null}
          onLook={fleet.look}
        />
      ) : null}
      {chosen.size > 0 ? (
        <section className={styles["chosen"]} aria-label={t`Chosen assets`}>
          <strong>
            <Plural value={chosen.size} one="# asset chosen" other="# assets chosen" />
          </strong>
          <Button tone="quiet" onPress={() => setChosen(new Set())}>
            <Trans>Choose none</Trans>
          </Button>
          <LinkButton
            tone="main"
            icon="chart"
            href={`/retrain?assets=${[...chosen].map(encodeURIComponent).join(",")}`}
          >
            <Trans>Retrain together</Trans>
          </LinkButton>
        </section>
      ) : null}
    </Page>
  );
}

function Lead({ counts }: { counts: ReadonlyMap<Health, number> }) {
  const alarms = counts.get("ALARM") ?? 0;
  const unjudged = (counts.get("SILENT") ?? 0) + (counts.get("BLIND") ?? 0);
  if (counts.size === 0) return null;
  const bare = counts.get("NO_MODEL") ?? 0;
  const watched = [...counts.values()].reduce((sum, each) => sum + each, -bare);
  return (
    <>
      {alarms + unjudged === 0 && watched > 0 ? <Trans>Nothing abnormal.</Trans> : null}{" "}
      {alarms > 0 ? (
        <Plural value={alarms} one="# asset behaves unlike before." other="# assets behave unlike before." />
      ) : null}{" "}
      {unjudged > 0 ? (
        <Plural
          value={unjudged}
          one={`# asset cannot be judged: no rows, or an essential signal is missing.`}
          other={`# assets cannot be judged: no rows, or an essential signal is missing.`}
        />
      ) : null}{" "}
      {bare > 0 ? (
        <Plural
          value={bare}
          one="# asset has no model, so nothing judges it."
          other="# assets have no model, so nothing judges them."
        />
      ) : null}
    </>
  );
}
