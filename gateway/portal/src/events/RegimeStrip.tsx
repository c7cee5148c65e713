import { Trans, useLingui } from "@lingui/react/macro";
import type { EventFactsFragment, RegimeFactsFragment } from "../api/generated/graphql";
import type { Range } from "../trend/times";
import { dateTime } from "../ui/format";
import styles from "./Events.module.css";
import { labelsIn, type Piece, regimesIn } from "./strip";
import { useEventText, useRecoveryWord } from "./words";

interface RegimeStripProps {
  regimes: readonly RegimeFactsFragment[];
  events: readonly EventFactsFragment[];
  range: Range;
}

/** Under the score: which regime held when, and which times were labelled. */
export function RegimeStrip({ regimes, events, range }: RegimeStripProps) {
  const { t } = useLingui();
  const text = useEventText();
  const recovery = useRecoveryWord();
  // A machine that has always run in one way has no regimes to tell apart.
  const shown = regimes.length > 1 ? regimesIn(regimes, range) : [];
  const labels = labelsIn(events, range);
  if (shown.length === 0 && labels.length === 0) return null;
  const regimeName = ({ openedBy, recovery: state }: RegimeFactsFragment) => {
    const name = openedBy ? t`since ${text(openedBy)}` : t`before`;
    return state && state !== "RECOVERED" ? t`${name} (${recovery(state)})` : name;
  };
  const labelName = ({ kind, part, time, end }: EventFactsFragment) =>
    `${text({ kind, part })}, ${dateTime(time)} – ${end ? dateTime(end) : ""}`;
  return (
    <>
      {shown.length > 0 ? (
        <ul className={styles["strip"]} aria-label={t`Regimes`}>
          {shown.map(({ of, ...place }) => (
            <li
              key={of.start ?? "first"}
              className={styles["piece"]}
              data-even={regimes.indexOf(of) % 2 === 0 || undefined}
              title={regimeName(of)}
              style={placed(place)}
            >
              <span>{regimeName(of)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {labels.length > 0 ? (
        <ul className={styles["labels"]} aria-label={t`Labelled times`}>
          {labels.map(({ of, ...place }) => (
            <li
              key={of.id}
              className={styles["label"]}
              data-kind={of.kind}
              title={labelName(of)}
              style={placed(place)}
            >
              <span className="for-readers">{labelName(of)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <p className={styles["legend"]} aria-hidden="true">
        {shown.length > 0 ? <Trans>Regimes of the machine.</Trans> : null}{" "}
        {labels.length > 0 ? <Trans>Labelled times: hatched ran abnormally.</Trans> : null}
      </p>
    </>
  );
}

function placed({ left, width }: Omit<Piece<unknown>, "of">): { left: string; width: string } {
  return { left: `${left * 100}%`, width: `max(2px, ${width * 100}%)` };
}
