import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation, useSearchParams } from "wouter";
import { RolloutBlueprintsDocument, StartRolloutDocument } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField, toLocalField } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Failed, Notice, Skeleton } from "../ui/Status";
import { Matches } from "./Matches";
import { type Own, OwnParameters, useOverrides } from "./OwnParameters";
import styles from "./Rollouts.module.css";
import { sharesOf } from "./states";

const DAY_MS = 86_400_000;

/** The form that starts a rollout: which blueprint, which assets, which rows, and when it is to stop. */
export default function StartRollout() {
  const { data, problem, loading, again } = useAsked(RolloutBlueprintsDocument, {});
  return (
    <Page
      title={<Trans>Start a rollout</Trans>}
      above={
        <Link href="/rollouts">
          <Trans>Rollouts</Trans>
        </Link>
      }
      lead={
        <Trans>
          Each cohort is trained by a run of its own. Versions that pass their gates are promoted, then the
          next cohort begins.
        </Trans>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={8} /> : null}
      {data ? <Form blueprints={data.blueprints} /> : null}
    </Page>
  );
}

interface Blueprint {
  key: string;
  title: string;
  version: string;
  contract: string | null;
  parameters: readonly { key: string; title: string }[];
}

function useDraft(blueprints: readonly Blueprint[]) {
  const [query] = useSearchParams();
  const [blueprint, setBlueprint] = useState(blueprints[0]?.key ?? null);
  const [labels, setLabels] = useState(query.get("labels") ?? "");
  const [from, setFrom] = useState(() => toLocalField(new Date(Date.now() - 30 * DAY_MS)));
  const [to, setTo] = useState(() => toLocalField(new Date()));
  const [shares, setShares] = useState("1, 10, 100");
  const [failing, setFailing] = useState("20");
  const [next, setNext] = useState<"itself" | "hand">("itself");
  const [owns, setOwns] = useState<readonly Own[]>([]);
  return {
    ...{ blueprint, setBlueprint, labels, setLabels, from, setFrom, to, setTo },
    ...{ shares, setShares, failing, setFailing, next, setNext, owns, setOwns },
  };
}

function Form({ blueprints }: { blueprints: readonly Blueprint[] }) {
  const { t } = useLingui();
  const may = useMay();
  const [, navigate] = useLocation();
  const draft = useDraft(blueprints);
  const start = useAct(StartRolloutDocument);
  const chosen = blueprints.find(({ key }) => key === draft.blueprint);
  const [begin, end, shares] = [fromLocalField(draft.from), fromLocalField(draft.to), sharesOf(draft.shares)];
  const { overrides, unknown } = useOverrides(draft.owns);
  const errorOf = (field: string) => (start.problem?.field === field ? start.problem.message : null);
  const known = ["labels", "start", "end", "shares", "mostFailing"].includes(start.problem?.field ?? "");
  const failing = draft.failing.trim() === "" ? Number.NaN : Number(draft.failing) / 100;
  const ready = chosen && begin && end && shares && overrides && failing >= 0 && failing <= 1;

  async function send() {
    if (!ready) return;
    const rollout = await start.run({
      blueprint: chosen.key,
      assetIds: [],
      labels: draft.labels.trim(),
      start: begin,
      end,
      parameters: [],
      overrides,
      seed: 0,
      shares: [...shares],
      mostFailing: failing,
      byHand: draft.next === "hand",
    });
    if (rollout) navigate(`/rollouts/${encodeURIComponent(rollout.id)}`);
  }

  if (!chosen)
    return (
      <Notice tone="silent">
        <Trans>No installed plugin offers a blueprint. Ask an engineer to install one.</Trans>
      </Notice>
    );
  return (
    <Panel title={<Trans>What goes where</Trans>}>
      <div className={styles["form"]}>
        <Choose
          label={t`Blueprint`}
          value={chosen.key}
          choices={blueprints.map(({ key, title, version }) => ({ key, text: `${title} ${version}` }))}
          onChange={(key) => {
            draft.setBlueprint(key);
            draft.setOwns([]);
          }}
        />
        <Field
          label={t`Labels of the assets`}
          value={draft.labels}
          onChange={draft.setLabels}
          hint={t`Such as line=3, !retired. Empty: all assets that the blueprint can read.`}
          error={errorOf("labels")}
        />
        <Matches labels={draft.labels} contract={chosen.contract} />
        <div className={styles["fields"]}>
          <Field
            label={t`Rows from`}
            type="datetime-local"
            value={draft.from}
            onChange={draft.setFrom}
            error={errorOf("start")}
          />
          <Field
            label={t`Rows to`}
            type="datetime-local"
            value={draft.to}
            onChange={draft.setTo}
            error={errorOf("end")}
          />
        </div>
        <div className={styles["fields"]}>
          <Field
            label={t`Cohorts reach, in % of the assets`}
            value={draft.shares}
            onChange={draft.setShares}
            error={
              errorOf("shares") ?? (shares ? null : t`Write numbers that rise to 100, such as 1, 10, 100.`)
            }
          />
          <Field
            label={t`Most that may fail, in %`}
            value={draft.failing}
            onChange={draft.setFailing}
            hint={t`Above it the rollout pauses and promotes nothing.`}
            error={
              errorOf("mostFailing") ??
              (failing >= 0 && failing <= 1 ? null : t`Write a number from 0 to 100.`)
            }
          />
          <Choose
            label={t`Next cohort begins`}
            value={draft.next}
            choices={[
              { key: "itself", text: t`by itself` },
              { key: "hand", text: t`when a person resumes it` },
            ]}
            onChange={draft.setNext}
          />
        </div>
        <OwnParameters
          owns={draft.owns}
          unknown={unknown}
          parameters={chosen.parameters}
          onChange={draft.setOwns}
        />
        {start.problem && !known ? <Failed problem={start.problem} /> : null}
        <Actions>
          <Button
            tone="main"
            busy={start.busy}
            isDisabled={!ready || !may("TRAIN") || !may("PROMOTE")}
            onPress={() => void send()}
          >
            <Trans>Start the rollout</Trans>
          </Button>
        </Actions>
      </div>
    </Panel>
  );
}
