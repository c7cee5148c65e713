import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import {
  CaseAlarmsDocument,
  CaseDocument,
  type CaseQuery,
  CaseRunsDocument,
  CloseCaseDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { NONE, useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { EventRow } from "../events/EventRow";
import { LoopRows } from "../loops/LoopTable";
import { useHandsOn } from "../loops/useHandsOn";
import { RunMark } from "../runs/RunProgress";
import { Button, LinkButton } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { AlarmRow } from "./AlarmRow";
import styles from "./Alarms.module.css";

type Found = NonNullable<CaseQuery["case"]>;

/** One matter of a machine: its alarms, what happened around it, what was trained, and the loop it is of. */
export default function Case({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(CaseDocument, { id }, 5000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.case)
    return (
      <Empty title={<Trans>There is no such case here</Trans>}>
        <LinkButton href="/alarms">
          <Trans>Go to the alarms</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown found={data.case} again={again} />;
}

function Shown({ found, again }: { found: Found; again: () => void }) {
  const { asset, loop, events, retrainFor } = found;
  useHandsOn(asset.id);
  const told =
    retrainFor && !events.some(({ id }) => id === retrainFor.id) ? [...events, retrainFor] : events;
  const page = `/assets/${encodeURIComponent(asset.key)}`;
  return (
    <Page
      title={asset.title}
      above={
        <Link href="/alarms">
          <Trans>Alarms</Trans>
        </Link>
      }
      lead={<Lead found={found} />}
      actions={
        <>
          <LinkButton href={page}>
            <Trans>Open the machine</Trans>
          </LinkButton>
          {found.nextStep && found.state !== "CLOSED" ? (
            <LinkButton href={`${page}/retrain`}>{found.nextStep}</LinkButton>
          ) : null}
          <Close found={found} again={again} />
        </>
      }
    >
      <Gathered found={found} again={again} />
      <Panel title={<Trans>What happened</Trans>} flush>
        {told.length === 0 ? (
          <Empty title={<Trans>No event from a day before it was opened on</Trans>} />
        ) : null}
        <ul>
          {told.map((event) => (
            <EventRow key={event.id} event={event} onChanged={again} />
          ))}
        </ul>
      </Panel>
      <Trained id={found.id} />
      <Panel title={<Trans>The loop</Trans>} flush>
        {loop ? (
          <LoopRows loops={[loop]} open={loop.state === "OPEN"} />
        ) : (
          <Empty title={<Trans>It is of no loop</Trans>} />
        )}
      </Panel>
    </Page>
  );
}

function Lead({ found: { title, asset, openedAt, closesAt, closedAt, closedBy } }: { found: Found }) {
  return (
    <>
      {title}. {asset.site} › {asset.line}.{" "}
      <Trans>
        Open since <Time at={openedAt} />.
      </Trans>{" "}
      {closesAt ? (
        <Trans>
          No alarm is on; it closes by itself <Ago at={closesAt} />.
        </Trans>
      ) : null}
      {closedAt ? (
        closedBy ? (
          <Trans>
            Closed by {closedBy} <Time at={closedAt} />.
          </Trans>
        ) : (
          <Trans>
            It closed by itself <Time at={closedAt} />.
          </Trans>
        )
      ) : null}
    </>
  );
}

function Close({ found, again }: { found: Found; again: () => void }) {
  const may = useMay();
  const close = useAct(CloseCaseDocument);
  const can = found.state !== "CLOSED" && (found.closesAt !== null || found.nextStep !== null);
  if (!can || !may("HANDLE_ALARM")) return null;
  return (
    <>
      {close.problem ? <Failed problem={close.problem} /> : null}
      <Button busy={close.busy} onPress={() => void close.run({ caseId: found.id }).then(again)}>
        <Trans>Close now</Trans>
      </Button>
    </>
  );
}

function Gathered({ found, again }: { found: Found; again: () => void }) {
  const alarms = useListed(
    CaseAlarmsDocument,
    { id: found.id },
    (data) => data.case?.gathered ?? NONE,
    ({ id }) => id,
    5000,
  );
  const changed = () => {
    alarms.again();
    again();
  };
  return (
    <Panel title={<Trans>Alarms of the case</Trans>} flush>
      {alarms.problem ? <Failed problem={alarms.problem} again={alarms.again} /> : null}
      {alarms.loaded && alarms.nodes.length === 0 ? (
        <Empty title={<Trans>It was opened without an alarm</Trans>} />
      ) : null}
      <ul>
        {alarms.nodes.map((alarm) => (
          <AlarmRow
            key={alarm.id}
            alarm={alarm}
            signals={found.asset.contract.signals}
            named={false}
            inCase
            onChanged={changed}
          />
        ))}
      </ul>
      {alarms.more ? <More onPress={alarms.loadMore} /> : null}
    </Panel>
  );
}

function Trained({ id }: { id: string }) {
  const { t } = useLingui();
  const runs = useListed(
    CaseRunsDocument,
    { id },
    (data) => data.case?.runs ?? NONE,
    (run) => run.id,
    5000,
  );
  return (
    <Panel title={<Trans>What was trained</Trans>} flush>
      {runs.problem ? <Failed problem={runs.problem} again={runs.again} /> : null}
      {runs.loaded && runs.nodes.length === 0 ? (
        <Empty title={<Trans>No run was started while it was open</Trans>} />
      ) : null}
      <ul className={styles["list"]} aria-label={t`Runs`}>
        {runs.nodes.map((run) => (
          <li key={run.id} className={styles["alarm"]}>
            <div className={styles["what"]}>
              <RunMark state={run.state} />
              <Link href={`/runs/${encodeURIComponent(run.id)}`} className={styles["asset"] ?? ""}>
                <Trans>Run of {run.blueprint}</Trans>
              </Link>
              <span>{run.message}</span>
            </div>
            <div className={styles["facts"]}>
              <span>
                <Trans>
                  started by {run.createdBy} <Ago at={run.createdAt} />
                </Trans>
              </span>
            </div>
          </li>
        ))}
      </ul>
      {runs.more ? <More onPress={runs.loadMore} /> : null}
    </Panel>
  );
}

function More({ onPress }: { onPress: () => void }) {
  return (
    <div className={styles["more"]}>
      <Button small onPress={onPress}>
        <Trans>Show more</Trans>
      </Button>
    </div>
  );
}
