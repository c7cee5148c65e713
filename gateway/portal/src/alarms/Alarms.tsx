import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { Link } from "react-aria-components";
import { useSubscription } from "urql";
import { useSearchParams } from "wouter";
import {
  AlarmChangedDocument,
  type AlarmState,
  AlarmsDocument,
  CasesDocument,
  CloseCaseDocument,
  SignalTitlesDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { AlarmRow } from "./AlarmRow";
import styles from "./Alarms.module.css";

const FILTERS = {
  open: ["ACTIVE", "ACKNOWLEDGED", "SHELVED"],
  active: ["ACTIVE"],
  shelved: ["SHELVED"],
  cleared: ["CLEARED"],
} as const satisfies Record<string, readonly AlarmState[]>;
type Filter = keyof typeof FILTERS;

/** Alarms of the whole fleet, and the open cases that gather them. */
export default function Alarms() {
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const filter =
    (query.get("show") ?? "open") in FILTERS ? ((query.get("show") ?? "open") as Filter) : "open";
  const alarms = useListed(
    AlarmsDocument,
    { states: [...FILTERS[filter]] },
    (data) => data.alarms,
    ({ id }) => id,
    10_000,
  );
  const titles = useAsked(SignalTitlesDocument, {}).data?.contracts.flatMap(({ signals }) => signals) ?? [];
  const [changed] = useSubscription({ query: AlarmChangedDocument, variables: { assetId: null } });
  const newest = changed.data?.alarmChanged;
  const { again } = alarms;
  useEffect(() => {
    if (newest) again();
  }, [newest, again]);
  const choices = [
    { key: "open" as const, text: t`All open` },
    { key: "active" as const, text: t`Active` },
    { key: "shelved" as const, text: t`Shelved` },
    { key: "cleared" as const, text: t`Cleared` },
  ];
  return (
    <Page
      title={<Trans>Alarms</Trans>}
      lead={<Trans>Conditions that want a person. A case gathers the alarms of one asset.</Trans>}
    >
      <div className={styles["columns"]}>
        <Panel
          title={<Trans>Alarms</Trans>}
          flush
          actions={
            <Choose
              label={t`Show`}
              hideLabel
              value={filter}
              choices={choices}
              onChange={(show) => setQuery({ show })}
            />
          }
        >
          {alarms.problem ? <Failed problem={alarms.problem} again={alarms.again} /> : null}
          {!alarms.loaded && !alarms.problem ? <Skeleton lines={6} /> : null}
          {alarms.loaded && alarms.nodes.length === 0 ? (
            <Empty title={<Trans>No alarms here</Trans>}>
              <p>
                <Trans>Nothing in this list wants a person.</Trans>
              </p>
            </Empty>
          ) : null}
          <ul className={styles["list"]}>
            {alarms.nodes.map((alarm) => (
              <AlarmRow key={alarm.id} alarm={alarm} signals={titles} named onChanged={alarms.again} />
            ))}
          </ul>
          {alarms.more ? (
            <div className={styles["more"]}>
              <Button small onPress={alarms.loadMore}>
                <Trans>Show more</Trans>
              </Button>
            </div>
          ) : null}
        </Panel>
        <Cases />
      </div>
    </Page>
  );
}

function Cases() {
  const may = useMay();
  const { data, problem, loading, again } = useAsked(CasesDocument, { openOnly: true }, 10_000);
  const close = useAct(CloseCaseDocument);
  return (
    <Panel title={<Trans>Open cases</Trans>} flush>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {close.problem ? <Failed problem={close.problem} /> : null}
      {loading ? <Skeleton /> : null}
      {data?.cases.length === 0 ? <Empty title={<Trans>No open case</Trans>} /> : null}
      <ul className={styles["list"]}>
        {data?.cases.map((each) => (
          <li key={each.id} className={styles["alarm"]}>
            <div className={styles["what"]}>
              <Link href={`/assets/${encodeURIComponent(each.asset.key)}`} className={styles["asset"] ?? ""}>
                {each.asset.title}
              </Link>
              <span>{each.title}</span>
            </div>
            <div className={styles["facts"]}>
              <span>
                <Trans>
                  opened <Ago at={each.openedAt} />
                </Trans>
              </span>
              <span>
                <Plural value={each.alarms} one="# alarm" other="# alarms" />
              </span>
            </div>
            {may("HANDLE_ALARM") ? (
              <div className={styles["handling"]}>
                <Button
                  small
                  busy={close.busy}
                  onPress={() => void close.run({ caseId: each.id }).then(again)}
                >
                  <Trans>Close case</Trans>
                </Button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
