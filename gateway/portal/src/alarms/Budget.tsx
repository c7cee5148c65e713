import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Link } from "react-aria-components";
import {
  AlarmBudgetDocument,
  type BudgetFactsFragment,
  SetAlarmBudgetDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { figure, percent, tenths } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Mark, Skeleton } from "../ui/Status";
import styles from "./Alarms.module.css";

/** How many alarms reach people beside what they can handle, and who raises most of them. */
export function Budget() {
  const { t } = useLingui();
  const [hours, setHours] = useState<"24" | "168">("24");
  const { data, problem, loading, again } = useAsked(AlarmBudgetDocument, { hours: Number(hours) }, 30_000);
  const choices = [
    { key: "24" as const, text: t`Last 24 hours` },
    { key: "168" as const, text: t`Last 7 days` },
  ];
  return (
    <Panel
      title={<Trans>Alarm budget</Trans>}
      actions={
        <>
          {data ? <Change budget={data.alarmBudget} again={again} /> : null}
          <Choose label={t`Show`} hideLabel value={hours} choices={choices} onChange={setHours} />
        </>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton /> : null}
      {data ? <Shown budget={data.alarmBudget} /> : null}
    </Panel>
  );
}

function Shown({
  budget: { alarms, rate, perHour, operators, within, offenders },
}: {
  budget: BudgetFactsFragment;
}) {
  const share = offenders.reduce((sum, each) => sum + each.share, 0);
  return (
    <div className={styles["stack"]}>
      <div>
        <Mark tone={within ? "good" : "alarm"} icon={within ? "pass" : "alarm"}>
          {within ? <Trans>Within the budget</Trans> : <Trans>Over the budget</Trans>}
        </Mark>
        <p>
          <Trans>
            <strong>{tenths(rate)}</strong> alarms for each hour and operator, of {figure(perHour)}.
          </Trans>
        </p>
        <p className={styles["facts"]}>
          <span>
            <Plural value={alarms} one="# alarm" other="# alarms" />
          </span>
          <span>
            <Plural value={operators} one="# operator at a time" other="# operators at a time" />
          </span>
        </p>
      </div>
      {offenders.length > 0 ? <Offenders offenders={offenders} share={share} /> : null}
    </div>
  );
}

function Offenders({ offenders, share }: { offenders: BudgetFactsFragment["offenders"]; share: number }) {
  const { t } = useLingui();
  const may = useMay();
  return (
    <div>
      <p>
        <Plural
          value={offenders.length}
          one={`This one makes ${percent(share)} of them: shelve it, or retrain.`}
          other={`These # make ${percent(share)} of them: shelve, or retrain.`}
        />
      </p>
      <ol className={styles["offenders"]} aria-label={t`Worst offenders`}>
        {offenders.map(({ asset, rule, alarms, share: own }) => (
          <li key={`${asset.id} ${rule}`}>
            <span className={styles["what"]}>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`} className={styles["asset"] ?? ""}>
                {asset.title}
              </Link>
              <code>{rule}</code>
            </span>
            <span className={styles["facts"]}>
              <span>
                <Plural value={alarms} one={`# alarm, ${percent(own)}`} other={`# alarms, ${percent(own)}`} />
              </span>
              {may("TRAIN") ? (
                <Link
                  href={`/assets/${encodeURIComponent(asset.key)}/retrain`}
                  aria-label={t`Retrain ${asset.title}`}
                >
                  <Trans>Retrain</Trans>
                </Link>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Change({ budget, again }: { budget: BudgetFactsFragment; again: () => void }) {
  const { t } = useLingui();
  const may = useMay()("EDIT_PLANT");
  const [asking, setAsking] = useState(false);
  const [perHour, setPerHour] = useState(String(budget.perHour));
  const [operators, setOperators] = useState(String(budget.operators));
  const act = useAct(SetAlarmBudgetDocument);
  const at = (field: string) => (act.problem?.field === field ? act.problem.message : null);
  if (!may) return null;
  const close = () => {
    setAsking(false);
    act.forget();
    again();
  };
  function submit(event: FormEvent) {
    event.preventDefault();
    const written = { perHour: Number(perHour), operators: Math.round(Number(operators)) };
    void act.run(written).then((done) => done && close());
  }
  return (
    <>
      <Button small onPress={() => setAsking(true)}>
        <Trans>Change</Trans>
      </Button>
      <Dialog title={t`Change the alarm budget`} open={asking} onClose={close}>
        <form className={styles["stack"]} onSubmit={submit}>
          <Field
            label={t`Alarms that one operator can handle in an hour`}
            value={perHour}
            onChange={setPerHour}
            error={at("perHour")}
            required
            autoFocus
          />
          <Field
            label={t`Operators at a time`}
            value={operators}
            onChange={setOperators}
            error={at("operators")}
            required
          />
          {act.problem && !act.problem.field ? <Failed problem={act.problem} /> : null}
          <Actions>
            <Button onPress={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button tone="main" type="submit" busy={act.busy}>
              <Trans>Save</Trans>
            </Button>
          </Actions>
        </form>
      </Dialog>
    </>
  );
}
