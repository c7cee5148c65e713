import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import {
  AcknowledgeAlarmDocument,
  type AlarmFactsFragment,
  ShelveAlarmDocument,
  UnshelveAlarmDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { joined } from "../asset/sentence";
import { OpenCapsule } from "../capsules/OpenCapsule";
import { useEventText } from "../events/words";
import { Button } from "../ui/Button";
import { figure, percent } from "../ui/format";
import type { IconName } from "../ui/Icon";
import { Failed, Mark, type Tone } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import styles from "./Alarms.module.css";

interface AlarmRowProps {
  alarm: AlarmFactsFragment;
  signals?: readonly { key: string; title: string }[];
  /** Whether the row names its asset: not on the asset's own page. */
  named: boolean;
  /** On the page of its case, to which it needs no link. */
  inCase?: boolean;
  onChanged: () => void;
}

export function AlarmRow({ alarm, signals = [], named, inCase = false, onChanged }: AlarmRowProps) {
  const { t } = useLingui();
  const text = useEventText();
  const names = joined(
    alarm.top.map(({ signal }) => signal),
    signals,
    3,
  );
  const shares = alarm.top
    .map(({ signal, share }) => `${joined([signal], signals)} ${percent(share)}`)
    .join(", ");
  return (
    <li className={styles["alarm"]} data-state={alarm.state} data-testid={`alarm-${alarm.id}`}>
      <div className={styles["what"]}>
        <AlarmMark alarm={alarm} />
        {named ? (
          <Link href={`/assets/${encodeURIComponent(alarm.asset.key)}`} className={styles["asset"] ?? ""}>
            {alarm.asset.title}
          </Link>
        ) : null}
        <span title={shares}>{names || t`Score above its limit`}</span>
      </div>
      <div className={styles["facts"]}>
        <span>
          <Trans>
            raised <Ago at={alarm.raisedAt} />
          </Trans>
        </span>
        <span>
          <Trans>peak {figure(alarm.peak, 2)} × limit</Trans>
        </span>
        {inCase ? null : (
          <Link href={`/cases/${encodeURIComponent(alarm.caseId)}`}>
            <Trans>Its case</Trans>
          </Link>
        )}
        {alarm.acknowledgedBy && alarm.acknowledgedAt ? (
          <span>
            <Trans>
              seen by {alarm.acknowledgedBy} <Ago at={alarm.acknowledgedAt} />
            </Trans>
          </span>
        ) : null}
        {alarm.mutedBy ? (
          <span>
            <Trans>raised by a model from before: {text(alarm.mutedBy)}</Trans>
          </span>
        ) : null}
        {alarm.clearedAt ? (
          <span>
            {alarm.clearedBecause === "regime_changed" ? (
              alarm.clearedBy ? (
                <Trans>
                  cleared, regime changed ({text(alarm.clearedBy)}) <Ago at={alarm.clearedAt} />
                </Trans>
              ) : (
                <Trans>
                  cleared by a new regime <Ago at={alarm.clearedAt} />
                </Trans>
              )
            ) : (
              <Trans>
                recovered <Ago at={alarm.clearedAt} />
              </Trans>
            )}
          </span>
        ) : null}
      </div>
      <OpenCapsule score={{ alarmId: alarm.id }} />
      {alarm.state === "CLEARED" ? null : <Handling alarm={alarm} onChanged={onChanged} />}
    </li>
  );
}

const LOOKS: Record<AlarmFactsFragment["state"], { tone: Tone; icon: IconName }> = {
  ACTIVE: { tone: "alarm", icon: "alarm" },
  ACKNOWLEDGED: { tone: "plain", icon: "alarm" },
  SHELVED: { tone: "plain", icon: "wait" },
  CLEARED: { tone: "plain", icon: "pass" },
};

function AlarmMark({ alarm }: { alarm: AlarmFactsFragment }) {
  const { t } = useLingui();
  const { tone, icon } = LOOKS[alarm.state];
  return (
    <Mark tone={tone} icon={icon}>
      {alarm.state === "ACTIVE" ? <Trans>Active</Trans> : null}
      {alarm.state === "ACKNOWLEDGED" ? <Trans>Acknowledged</Trans> : null}
      {alarm.state === "CLEARED" ? <Trans>Cleared</Trans> : null}
      {alarm.state === "SHELVED" && alarm.shelvedUntil ? (
        <Trans>
          {alarm.mutedBy ? t`Muted until` : t`Shelved until`} <Time at={alarm.shelvedUntil} />
        </Trans>
      ) : null}
    </Mark>
  );
}

function Handling({ alarm, onChanged }: { alarm: AlarmFactsFragment; onChanged: () => void }) {
  const may = useMay();
  const acknowledge = useAct(AcknowledgeAlarmDocument);
  const shelve = useAct(ShelveAlarmDocument);
  const unshelve = useAct(UnshelveAlarmDocument);
  const problem = acknowledge.problem ?? shelve.problem ?? unshelve.problem;
  if (!may("HANDLE_ALARM")) return null;
  const id = { alarmId: alarm.id };
  return (
    <>
      <div className={styles["handling"]}>
        {alarm.state === "ACTIVE" ? (
          <Button
            small
            icon="pass"
            busy={acknowledge.busy}
            onPress={() => void acknowledge.run(id).then(onChanged)}
          >
            <Trans>Acknowledge</Trans>
          </Button>
        ) : null}
        {alarm.state === "SHELVED" ? (
          <Button
            small
            icon="undo"
            busy={unshelve.busy}
            onPress={() => void unshelve.run(id).then(onChanged)}
          >
            <Trans>Unshelve</Trans>
          </Button>
        ) : (
          <ShelveMenu
            busy={shelve.busy}
            onShelve={(hours) => {
              const until = new Date(Date.now() + hours * 3_600_000).toISOString();
              void shelve.run({ ...id, until }).then(onChanged);
            }}
          />
        )}
      </div>
      {problem ? (
        <div className={styles["problem"]}>
          <Failed problem={problem} />
        </div>
      ) : null}
    </>
  );
}

function ShelveMenu({ busy, onShelve }: { busy: boolean; onShelve: (hours: number) => void }) {
  const { t } = useLingui();
  const choices = [
    { id: 1, text: t`For 1 hour` },
    { id: 8, text: t`For 8 hours` },
    { id: 24, text: t`For 1 day` },
    { id: 168, text: t`For 7 days` },
  ];
  return (
    <MenuTrigger>
      <Button small icon="wait" busy={busy}>
        <Trans>Shelve</Trans>
      </Button>
      <Popover className={styles["popover"] ?? ""} placement="bottom end">
        <Menu className={styles["menu"] ?? ""} items={choices} onAction={(key) => onShelve(Number(key))}>
          {({ id, text }) => (
            <MenuItem id={id} className={styles["item"] ?? ""}>
              {text}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
