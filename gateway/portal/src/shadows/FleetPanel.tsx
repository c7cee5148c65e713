import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  FleetShadowsDocument,
  type FleetShadowsQuery,
  PromoteShadowsDocument,
  UndoPromotionsDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Mark, Notice, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Shadows.module.css";
import { LOOKS, useOutcomeWord } from "./words";

type Found = FleetShadowsQuery["fleetShadows"];
type Pairs = Found["agreed"];

const TONE = { PROMOTE: "good", KEEP: "plain", WAIT: "silent", LOOK: "act" } as const;

interface FleetPanelProps {
  fleet: { blueprint: string; blueprintVersion: string };
  onChanged: () => void;
}

/** The proposal for all shadows of a kind, and the way to follow it and to take it back. */
export function FleetPanel({ fleet, onChanged }: FleetPanelProps) {
  const { blueprint, blueprintVersion } = fleet;
  const asked = useAsked(FleetShadowsDocument, { blueprint, blueprintVersion });
  const [promoted, setPromoted] = useState<Pairs>([]);
  const changed = () => {
    asked.again();
    onChanged();
  };
  const found = asked.data?.fleetShadows;
  return (
    <Panel
      title={
        <Trans>
          {blueprint} {blueprintVersion}
        </Trans>
      }
      note={
        found?.start ? (
          <Trans>
            rows since <Time at={found.start} />
          </Trans>
        ) : null
      }
    >
      <div className={styles["stack"]}>
        {promoted.length > 0 ? (
          <Promoted
            pairs={promoted}
            onUndone={() => {
              setPromoted([]);
              changed();
            }}
          />
        ) : null}
        {asked.problem && promoted.length === 0 ? (
          <Failed problem={asked.problem} again={asked.again} />
        ) : null}
        {asked.loading ? <Skeleton lines={3} /> : null}
        {found ? (
          <Proposed
            found={found}
            again={asked.again}
            onPromoted={(pairs) => {
              setPromoted(pairs);
              changed();
            }}
          />
        ) : null}
      </div>
    </Panel>
  );
}

interface ProposedProps {
  found: Found;
  again: () => void;
  onPromoted: (pairs: Pairs) => void;
}

function Proposed({ found, again, onPromoted }: ProposedProps) {
  const word = useOutcomeWord();
  return (
    <>
      <Notice
        tone={TONE[found.advice]}
        action={
          <Button small onPress={again}>
            <Trans>Look again</Trans>
          </Button>
        }
      >
        <span data-testid="fleet-proposal">{found.sentence}</span>
      </Notice>
      <ul className={styles["counts"]}>
        {found.counts.map(({ outcome, shadows }) => (
          <li key={outcome}>
            <Mark tone={LOOKS[outcome][0]} icon={LOOKS[outcome][1]}>
              {word(outcome)}: {shadows}
            </Mark>
          </li>
        ))}
      </ul>
      <p className={styles["faint"]}>
        <Trans>
          Evidence that some shadow is better: {figure(found.better, 3)}; that some is worse:{" "}
          {figure(found.worse, 3)}. From 40 on there is enough; 1 is none.
        </Trans>
      </p>
      <PromoteAgreed agreed={found.agreed} onPromoted={onPromoted} />
    </>
  );
}

function PromoteAgreed({ agreed, onPromoted }: { agreed: Pairs; onPromoted: (pairs: Pairs) => void }) {
  const { t } = useLingui();
  const may = useMay();
  const promote = useAct(PromoteShadowsDocument);
  const [asking, setAsking] = useState(false);
  if (agreed.length === 0 || !may("PROMOTE")) return null;
  const pairs = agreed.map(({ assetId, versionId }) => ({ assetId, versionId }));
  const close = () => {
    promote.forget();
    setAsking(false);
  };
  const confirm = async () => {
    if (await promote.run({ shadows: pairs })) {
      close();
      onPromoted(agreed);
    }
  };
  return (
    <div>
      <Button tone="main" onPress={() => setAsking(true)}>
        <Plural value={agreed.length} one="Promote the # that agrees" other="Promote the # that agree" />
      </Button>
      <Dialog title={t`Promote those that agree?`} open={asking} onClose={close} asks>
        <p>
          <Trans>
            Each becomes its asset’s champion within seconds, all of them or none, and no row is lost. The
            champions before are kept: you can bring them back here, or later on each asset.
          </Trans>
        </p>
        {promote.problem ? <Failed problem={promote.problem} /> : null}
        <Actions>
          <Button onPress={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" busy={promote.busy} onPress={() => void confirm()}>
            <Trans>Promote</Trans>
          </Button>
        </Actions>
      </Dialog>
    </div>
  );
}

function Promoted({ pairs, onUndone }: { pairs: Pairs; onUndone: () => void }) {
  const undo = useAct(UndoPromotionsDocument);
  const confirm = async () => {
    const taken = pairs.map(({ assetId, versionId }) => ({ assetId, versionId }));
    if (await undo.run({ promoted: taken })) onUndone();
  };
  return (
    <>
      {undo.problem ? <Failed problem={undo.problem} /> : null}
      <Notice
        tone="good"
        action={
          <Button small icon="undo" busy={undo.busy} onPress={() => void confirm()}>
            <Trans>Undo all</Trans>
          </Button>
        }
      >
        <Plural
          value={pairs.length}
          one="# asset has a new champion. Its champion before is kept."
          other="# assets have a new champion. Their champions before are kept."
        />
      </Notice>
    </>
  );
}
