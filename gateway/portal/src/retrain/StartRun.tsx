import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { BlueprintsDocument, StartRunDocument } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Failed, Notice } from "../ui/Status";
import type { Dates } from "./way";

interface StartRunProps {
  contract: string;
  assetIds: readonly string[];
  dates: Dates;
  disabled: boolean;
  onStarted: (runId: string) => void;
}

/** The blueprint, when there is a choice, and the button that trains. */
export function StartRun({ contract, assetIds, dates, disabled, onStarted }: StartRunProps) {
  const { t } = useLingui();
  const may = useMay();
  const { data, problem, again } = useAsked(BlueprintsDocument, { contract });
  const [chosen, setChosen] = useState<string | null>(null);
  const start = useAct(StartRunDocument);
  const offered = data?.blueprints ?? [];
  const blueprint = chosen ?? offered[0]?.key ?? null;

  async function train() {
    if (!blueprint) return;
    const run = await start.run({
      blueprint,
      assetIds: [...assetIds],
      start: dates.from,
      end: dates.to,
      parameters: [],
      overrides: [],
      seed: 0,
    });
    if (run) onStarted(run.id);
  }

  return (
    <>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {start.problem ? <Failed problem={start.problem} /> : null}
      {data && offered.length === 0 ? (
        <Notice tone="silent">
          <Trans>
            No installed plugin offers a blueprint for the contract “{contract}”. Ask an engineer to install
            one.
          </Trans>
        </Notice>
      ) : null}
      {offered.length > 1 ? (
        <Choose
          label={t`Blueprint`}
          value={blueprint}
          choices={offered.map(({ key, title, version }) => ({ key, text: `${title} ${version}` }))}
          onChange={setChosen}
        />
      ) : null}
      <Actions>
        <Button
          tone="main"
          busy={start.busy}
          isDisabled={disabled || !blueprint || !may("TRAIN")}
          onPress={() => void train()}
        >
          <Trans>Train a new version</Trans>
        </Button>
      </Actions>
    </>
  );
}
