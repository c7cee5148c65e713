import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { ShadowFleetsDocument, type ShadowFleetsQuery } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Choose } from "../ui/Choose";
import { Page } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { FleetPanel } from "./FleetPanel";
import { Standings } from "./Standings";

type Fleet = ShadowFleetsQuery["shadowFleets"][number];

/** Shadows of many assets at once: what is proposed for all of them, and how each stands, the worst first. */
export default function Shadows() {
  const { t } = useLingui();
  const asked = useAsked(ShadowFleetsDocument, {}, 60_000);
  const [chosen, setChosen] = useState<string | null>(null);
  const fleets = asked.data?.shadowFleets ?? [];
  // What was promoted is no shadow any more, and its set may be gone; what became of it is shown all the same.
  const [kept, setKept] = useState<Fleet | null>(null);
  const fleet = fleets.find((one) => nameOf(one) === chosen) ?? kept ?? fleets[0];
  return (
    <Page
      title={<Trans>Shadows</Trans>}
      lead={
        <Trans>
          A shadow scores the same rows as the champion and answers nobody. Those of one kind of model are
          judged together, each beside its own champion.
        </Trans>
      }
      actions={
        fleets.length > 1 && fleet ? (
          <Choose
            label={t`Kind of model`}
            hideLabel
            value={nameOf(fleet)}
            choices={fleets.map((one) => ({ key: nameOf(one), text: nameOf(one) }))}
            onChange={(name) => {
              setKept(null);
              setChosen(name);
            }}
          />
        ) : null
      }
    >
      {asked.problem ? <Failed problem={asked.problem} again={asked.again} /> : null}
      {asked.loading ? <Skeleton lines={4} tall /> : null}
      {asked.data && !fleet ? (
        <Empty title={<Trans>No shadow now</Trans>}>
          <p>
            <Trans>
              What a run makes for an asset that has a champion becomes a shadow by itself. Retrain an asset
              to see it here.
            </Trans>
          </p>
        </Empty>
      ) : null}
      {fleet ? (
        <Known
          key={nameOf(fleet)}
          fleet={fleet}
          onChanged={() => {
            setKept(fleet);
            asked.again();
          }}
        />
      ) : null}
    </Page>
  );
}

function Known({ fleet, onChanged }: { fleet: Fleet; onChanged: () => void }) {
  // Counts up with each change, so that the list is asked for anew.
  const [round, setRound] = useState(0);
  return (
    <>
      <FleetPanel
        fleet={fleet}
        onChanged={() => {
          setRound(round + 1);
          onChanged();
        }}
      />
      <Standings key={round} fleet={fleet} />
    </>
  );
}

function nameOf({ blueprint, blueprintVersion }: Fleet): string {
  return `${blueprint} ${blueprintVersion}`;
}
