import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  type ShadowOutcome,
  ShadowStandingsDocument,
  type ShadowStandingsQuery,
} from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import table from "../retraining/Retraining.module.css";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton } from "../ui/Status";
import styles from "./Shadows.module.css";
import { LOOKS, OUTCOMES, useOutcomeWord } from "./words";

type Standing = ShadowStandingsQuery["fleetShadows"]["standings"]["edges"][number]["node"];

/** How each shadow of a kind stands, the worst first, or those that stand in one way. */
export function Standings({ fleet }: { fleet: { blueprint: string; blueprintVersion: string } }) {
  const { t } = useLingui();
  const word = useOutcomeWord();
  const [show, setShow] = useState<ShadowOutcome | "ALL">("ALL");
  const { blueprint, blueprintVersion } = fleet;
  const listed = useListed(
    ShadowStandingsDocument,
    { blueprint, blueprintVersion, outcome: show === "ALL" ? null : show },
    (data) => data.fleetShadows.standings,
    ({ asset }) => asset.id,
  );
  const choices = [
    { key: "ALL" as const, text: t`All shadows` },
    ...OUTCOMES.map((outcome) => ({ key: outcome, text: word(outcome) })),
  ];
  return (
    <Panel
      title={<Trans>Asset by asset, the worst first</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {listed.problem ? <Failed problem={listed.problem} again={listed.again} /> : null}
      {!listed.loaded && !listed.problem ? <Skeleton lines={3} /> : null}
      {listed.loaded && listed.nodes.length === 0 ? <Empty title={<Trans>No shadow to show</Trans>} /> : null}
      {listed.nodes.length > 0 ? <Table nodes={listed.nodes} /> : null}
      {listed.more ? (
        <div className={styles["more"]}>
          <Button small onPress={listed.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Table({ nodes }: { nodes: readonly Standing[] }) {
  const { t } = useLingui();
  const word = useOutcomeWord();
  return (
    <table className={table["table"]} aria-label={t`Shadows of this kind`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Verdict</Trans>
          </th>
          <th scope="col">
            <Trans>Asset</Trans>
          </th>
          <th scope="col">
            <Trans>Versions</Trans>
          </th>
          <th scope="col">
            <Trans>Why</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ outcome, sentence, asset, champion, version }) => (
          <tr key={asset.id} data-testid={`shadow-${asset.key}`}>
            <td>
              <Mark tone={LOOKS[outcome][0]} icon={LOOKS[outcome][1]}>
                {word(outcome)}
              </Mark>
            </td>
            <td>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
            </td>
            <td>
              <Trans>
                v{version.number} beside v{champion.number}
              </Trans>
            </td>
            <td className={table["message"]}>{sentence}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
