import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { useSubscription } from "urql";
import { useSearchParams } from "wouter";
import {
  AlarmChangedDocument,
  type AlarmState,
  AlarmsDocument,
  SignalTitlesDocument,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { AlarmRow } from "./AlarmRow";
import styles from "./Alarms.module.css";
import { Budget } from "./Budget";
import { Cases } from "./Cases";

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
        <div className={styles["stack"]}>
          <Budget />
          <Cases />
        </div>
      </div>
    </Page>
  );
}
