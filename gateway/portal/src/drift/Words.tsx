import { Trans } from "@lingui/react/macro";
import type { DriftFinding, DriftState, SignalDriftFactsFragment } from "../api/generated/graphql";
import { figure } from "../ui/format";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

const LOOKS: Record<DriftState, [Tone, IconName]> = {
  DRIFT: ["silent", "chart"],
  SOUND: ["plain", "normal"],
  SILENT: ["plain", "none"],
};

const OVER: readonly DriftFinding[] = ["SHIFTED", "SPREAD", "UNIT"];

/** Whether a signal drifts, in an icon and a word. */
export function DriftMark({ one: { state, finding } }: { one: SignalDriftFactsFragment }) {
  const [tone, icon] = LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {state === "DRIFT" ? (
        <Trans>Drifts</Trans>
      ) : state === "SOUND" && OVER.includes(finding) ? (
        <Trans>Over the limit once</Trans>
      ) : state === "SOUND" ? (
        <Trans>As before</Trans>
      ) : (
        <Trans>Not comparable</Trans>
      )}
    </Mark>
  );
}

/** What was found in a signal, as a sentence; the server says the same in English. */
export function Found({ one }: { one: SignalDriftFactsFragment }) {
  switch (one.finding) {
    case "MISSING":
      return <Trans>The newest rows have no value of it.</Trans>;
    case "FEW_ROWS":
      return <Trans>The newest rows have too few values of it to compare.</Trans>;
    case "STILL":
      return <Trans>It stands still: it moved in the rows the champion was trained on.</Trans>;
    case "NEVER_MOVED":
      return (
        <Trans>
          It did not move in the rows the champion was trained on, so there is nothing to compare with.
        </Trans>
      );
    case "NO_REFERENCE":
      return <Trans>The rows the champion was trained on have too few values of it to compare with.</Trans>;
    case "WAITING":
      return <Trans>The champion has not answered long enough to know its usual scores.</Trans>;
    case "ALIKE":
      return one.state === "DRIFT" ? (
        <Trans>Nearly as before; it counts as drift until it is well below the limit.</Trans>
      ) : null;
    default:
      return (
        <>
          <Moved one={one} />{" "}
          {one.state === "DRIFT" ? null : <Trans>That is once; at two looks in a row it is drift.</Trans>}
        </>
      );
  }
}

function Moved({ one }: { one: SignalDriftFactsFragment }) {
  const { before, now } = one;
  if (!before || !now) return null;
  if (one.finding === "UNIT")
    return (
      <Trans>The values look converted ({one.unit}). Check the unit at its source before you retrain.</Trans>
    );
  return one.finding === "SHIFTED" ? (
    <Trans>
      Its median went from {figure(before.median)} to {figure(now.median)}.
    </Trans>
  ) : (
    <Trans>
      Its values lie between {figure(now.low)} and {figure(now.high)}, before between {figure(before.low)} and{" "}
      {figure(before.high)}.
    </Trans>
  );
}
