import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { useSearchParams } from "wouter";
import {
  ChangesDocument,
  type EventKind,
  RecoveriesDocument,
  type RecoveriesQuery,
  type Recovery,
  RecoveryCountsDocument,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { count } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton, type Tone } from "../ui/Status";
import { Ago } from "../ui/Time";
import { EventRow } from "./EventRow";
import styles from "./Events.module.css";
import { RECOVERY_ICONS, useEventText, useEventWord, useRecoveryWord } from "./words";

type Regime = RecoveriesQuery["recoveries"]["edges"][number]["node"];

const WAITING: readonly Recovery[] = ["NEEDS_MODEL", "RETRAINING", "SHADOW"];
const ALL: readonly Recovery[] = [...WAITING, "RECOVERED"];
const KINDS: readonly EventKind[] = [
  "PART_REPLACED",
  "RECIPE_CHANGE",
  "MAINTENANCE",
  "FAILURE",
  "ABNORMAL",
  "NORMAL",
];
const TONES: Record<Recovery, Tone> = {
  NEEDS_MODEL: "silent",
  RETRAINING: "act",
  SHADOW: "act",
  RECOVERED: "plain",
};

/** What changed at the machines, and which of them still wait for a model that fits. */
export default function Changes() {
  return (
    <Page
      title={<Trans>Changes</Trans>}
      lead={<Trans>What was done at the machines, and which of them still wait for a model that fits.</Trans>}
    >
      <Waiting />
      <Happened />
    </Page>
  );
}

function Waiting() {
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const word = useRecoveryWord();
  const shown = ALL.find((state) => state === query.get("recovery")) ?? null;
  const states = shown ? [shown] : [...WAITING];
  const counts = useAsked(RecoveryCountsDocument, {}, 10_000).data?.recoveryCounts ?? [];
  const regimes = useListed(
    RecoveriesDocument,
    { states },
    (data) => data.recoveries,
    ({ asset }) => asset.id,
    10_000,
  );
  const choices = [
    { key: "waiting", text: t`Still waiting` },
    ...ALL.map((key) => ({ key, text: word(key) })),
  ];
  const choose = (key: string) =>
    setQuery((before) => {
      if (key === "waiting") before.delete("recovery");
      else before.set("recovery", key);
      return before;
    });
  return (
    <Panel
      title={<Trans>Machines whose normal changed</Trans>}
      note={counts.map(({ recovery, assets }) => `${word(recovery)} ${count(assets)}`).join(" · ")}
      actions={
        <Choose label={t`Show`} hideLabel value={shown ?? "waiting"} choices={choices} onChange={choose} />
      }
      flush
    >
      {regimes.problem ? <Failed problem={regimes.problem} again={regimes.again} /> : null}
      {!regimes.loaded && !regimes.problem ? <Skeleton lines={4} /> : null}
      {regimes.loaded && regimes.nodes.length === 0 ? (
        <Empty title={shown ? <Trans>None</Trans> : <Trans>No machine waits for a model</Trans>}>
          <p>
            <Trans>
              A machine is listed here from the moment a part is replaced or a recipe changed, until a version
              that was trained since then is its champion.
            </Trans>
          </p>
        </Empty>
      ) : null}
      {regimes.nodes.length > 0 ? <Recoveries nodes={regimes.nodes} /> : null}
      {regimes.more ? (
        <div className={styles["more"]}>
          <Button small onPress={regimes.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Recoveries({ nodes }: { nodes: readonly Regime[] }) {
  const { t } = useLingui();
  const text = useEventText();
  const word = useRecoveryWord();
  return (
    <table className={styles["table"]} aria-label={t`Machines whose normal changed`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Asset</Trans>
          </th>
          <th scope="col">
            <Trans>What changed</Trans>
          </th>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Next</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ asset, openedBy, recovery, recoverySince, version }) => (
          <tr key={asset.id} data-testid={`recovery-${asset.key}`}>
            <td>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
            </td>
            <td>
              {openedBy ? (
                <>
                  {text(openedBy)} <Ago at={openedBy.time} />
                </>
              ) : null}
            </td>
            <td>
              {recovery ? (
                <Mark tone={TONES[recovery]} icon={RECOVERY_ICONS[recovery]}>
                  {word(recovery)}
                </Mark>
              ) : null}{" "}
              {recoverySince ? <Ago at={recoverySince} /> : null}
            </td>
            <td>
              {recovery === "RECOVERED" ? (
                version ? (
                  <Trans>Version {version.number} answers</Trans>
                ) : null
              ) : (
                <Link href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>
                  {recovery === "NEEDS_MODEL" ? <Trans>Choose dates and train</Trans> : null}
                  {recovery === "RETRAINING" ? <Trans>Follow the run</Trans> : null}
                  {recovery === "SHADOW" ? <Trans>Compare and promote</Trans> : null}
                </Link>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Happened() {
  const { t } = useLingui();
  const [query, setQuery] = useSearchParams();
  const word = useEventWord();
  const kind = KINDS.find((each) => each === query.get("kind")) ?? null;
  const events = useListed(
    ChangesDocument,
    { kinds: kind ? [kind] : null },
    (data) => data.events,
    ({ id }) => id,
    10_000,
  );
  const choose = (key: string) =>
    setQuery((before) => {
      if (key === "all") before.delete("kind");
      else before.set("kind", key);
      return before;
    });
  return (
    <Panel
      title={<Trans>What happened</Trans>}
      actions={
        <Choose
          label={t`Kind`}
          hideLabel
          value={kind ?? "all"}
          choices={[{ key: "all", text: t`All kinds` }, ...KINDS.map((key) => ({ key, text: word(key) }))]}
          onChange={choose}
        />
      }
      flush
    >
      {events.problem ? <Failed problem={events.problem} again={events.again} /> : null}
      {!events.loaded && !events.problem ? <Skeleton lines={6} /> : null}
      {events.loaded && events.nodes.length === 0 ? (
        <Empty title={<Trans>Nothing was recorded</Trans>}>
          <p>
            <Trans>Say what was done at a machine on its own page, under Events.</Trans>
          </p>
        </Empty>
      ) : null}
      <ul>
        {events.nodes.map((event) => (
          <EventRow
            key={event.id}
            event={event}
            onChanged={events.again}
            before={
              <Link href={`/assets/${encodeURIComponent(event.asset.key)}`} className={styles["asset"] ?? ""}>
                {event.asset.title}
              </Link>
            }
          />
        ))}
      </ul>
      {events.more ? (
        <div className={styles["more"]}>
          <Button small onPress={events.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
