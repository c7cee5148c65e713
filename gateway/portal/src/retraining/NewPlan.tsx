import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  CreateRetrainingPlanDocument,
  type RetrainingPromotion,
  type RetrainingTrigger,
  type RetrainingWhenInput,
  type StartFrom,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Matches } from "../rollouts/Matches";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Page, Panel } from "../ui/Panel";
import { Failed, Notice } from "../ui/Status";
import styles from "./Retraining.module.css";

const START = {
  everyDays: "7",
  hour: "2",
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  delayHours: "24",
  alarms: "5",
  withinDays: "7",
  looks: "24",
};
type Part = keyof typeof START;

/** The form of a plan: which machines, when, over how many days, and who promotes. */
export default function NewPlan() {
  const { t } = useLingui();
  const may = useMay();
  const [, navigate] = useLocation();
  const [name, setName] = useState("");
  const [labels, setLabels] = useState("");
  const [trigger, setTrigger] = useState<RetrainingTrigger>("INTERVAL");
  const [parts, setParts] = useState(START);
  const [lookback, setLookback] = useState("30");
  const [promotion, setPromotion] = useState<RetrainingPromotion>("BY_HAND");
  const [startFrom, setStartFrom] = useState<StartFrom>("NOTHING");
  const create = useAct(CreateRetrainingPlanDocument);
  const at = create.problem?.field?.split(".").at(-1);
  const errorAt = (field: string) => (at === field ? (create.problem?.message ?? null) : null);

  const atField = at !== undefined && (at in parts || ["name", "labels", "lookbackDays"].includes(at));

  async function send() {
    const plan = await create.run({
      name,
      labels: labels.trim(),
      assetId: null,
      blueprint: null,
      lookbackDays: whole(lookback),
      promotion,
      startFrom,
      when: whenOf(trigger, parts),
    });
    if (plan) navigate(`/plans/${encodeURIComponent(plan.id)}`);
  }

  const part = (key: Part, label: string) => (
    <Field
      label={label}
      value={parts[key]}
      onChange={(value) => setParts({ ...parts, [key]: value })}
      error={errorAt(key)}
    />
  );
  return (
    <Page
      title={<Trans>Add a plan</Trans>}
      above={
        <Link href="/plans">
          <Trans>Retraining plans</Trans>
        </Link>
      }
    >
      <Panel title={<Trans>Which machines, and when</Trans>}>
        <div className={styles["form"]}>
          <Field label={t`Name`} value={name} onChange={setName} error={errorAt("name")} />
          <Field
            label={t`Labels of the machines`}
            value={labels}
            onChange={setLabels}
            hint={t`Such as line=3, !retired. Empty: every machine that has a model.`}
            error={errorAt("labels")}
          />
          <Matches labels={labels} contract={null} />
          <Choose
            label={t`When`}
            value={trigger}
            choices={[
              { key: "INTERVAL", text: t`Every so many days` },
              { key: "REGIME_CHANGE", text: t`After something changed at a machine` },
              { key: "ALARM_FLOOD", text: t`After many alarms of a machine` },
              { key: "DRIFT", text: t`When signals of a machine drift` },
            ]}
            onChange={setTrigger}
          />
          {trigger === "INTERVAL" ? (
            <>
              {part("everyDays", t`Every how many days`)}
              {part("hour", t`At which hour, 0 to 23`)}
              {part("zone", t`Time zone`)}
            </>
          ) : null}
          {trigger === "REGIME_CHANGE" ? part("delayHours", t`How many hours after the change`) : null}
          {trigger === "ALARM_FLOOD" ? (
            <>
              {part("alarms", t`How many alarms`)}
              {part("withinDays", t`Within how many days`)}
            </>
          ) : null}
          {trigger === "DRIFT" ? part("looks", t`For how many hours, looked at each hour`) : null}
          <Field
            label={t`Learn from the last days`}
            value={lookback}
            onChange={setLookback}
            error={errorAt("lookbackDays")}
          />
          <Choose
            label={t`How`}
            value={startFrom}
            choices={[
              { key: "NOTHING", text: t`Train anew` },
              { key: "CHAMPION", text: t`Update the present model, where it can be` },
            ]}
            onChange={setStartFrom}
          />
          <Choose
            label={t`Promotion`}
            value={promotion}
            choices={[
              { key: "BY_HAND", text: t`A person promotes` },
              { key: "AFTER_SHADOW", text: t`What the shadow agreed on is promoted without asking` },
              { key: "AUTOMATIC", text: t`What passes every gate is promoted without asking` },
            ]}
            onChange={setPromotion}
          />
          <Notice>
            <Trans>
              Each machine keeps its kind of model. Where its dates do not suit, nothing is started and the
              reason is told; where retraining will not help, the plan waits for a person.
            </Trans>
          </Notice>
          {create.problem && !atField ? <Failed problem={create.problem} /> : null}
          <Actions>
            <Button
              tone="main"
              busy={create.busy}
              isDisabled={!may("EDIT_BLUEPRINTS")}
              onPress={() => void send()}
            >
              <Trans>Add the plan</Trans>
            </Button>
          </Actions>
        </div>
      </Panel>
    </Page>
  );
}

const NOTHING = {
  everyDays: null,
  hour: null,
  zone: null,
  delayHours: null,
  alarms: null,
  withinDays: null,
  looks: null,
};

function whenOf(trigger: RetrainingTrigger, parts: typeof START): RetrainingWhenInput {
  if (trigger === "REGIME_CHANGE") return { ...NOTHING, trigger, delayHours: whole(parts.delayHours) };
  if (trigger === "ALARM_FLOOD")
    return { ...NOTHING, trigger, alarms: whole(parts.alarms), withinDays: whole(parts.withinDays) };
  if (trigger === "DRIFT") return { ...NOTHING, trigger, looks: whole(parts.looks) };
  return {
    ...NOTHING,
    trigger,
    everyDays: whole(parts.everyDays),
    hour: whole(parts.hour),
    zone: parts.zone.trim(),
  };
}

/** -1, which the server refuses with the limits, for what is no whole number. */
function whole(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : -1;
}
