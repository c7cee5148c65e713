import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  BlueprintsDocument,
  type Fitness,
  RetrainOutlookDocument,
  StartRunDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Failed, Notice } from "../ui/Status";
import { useSettled } from "../ui/useSettled";
import { given, type Typed } from "./given";
import { ParameterFields } from "./ParameterFields";
import { StartFromChoice } from "./StartFromChoice";
import type { Dates } from "./way";

const SETTLED_MS = 250;

interface StartRunProps {
  contract: string;
  assetIds: readonly string[];
  dates: Dates;
  disabled: boolean;
  /** Null while nothing is known of the dates. */
  verdict: Fitness | null;
  onStarted: (runId: string) => void;
}

/** The blueprint, when there is a choice, and the button that trains. */
export function StartRun({ contract, assetIds, dates, disabled, verdict, onStarted }: StartRunProps) {
  const { t } = useLingui();
  const may = useMay();
  const { data, problem, again } = useAsked(BlueprintsDocument, { contract });
  const [chosen, setChosen] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const refused = verdict === "DOES_NOT_FIT";
  const mayOverride = may("EDIT_BLUEPRINTS");
  const [fromChampion, setFromChampion] = useState(false);
  const [typed, setTyped] = useState<Typed>({});
  const start = useAct(StartRunDocument);
  const offered = data?.blueprints ?? [];
  const blueprint = chosen ?? offered[0]?.key ?? null;
  const declared = offered.find(({ key }) => key === blueprint)?.parameters ?? [];
  const parameters = given(declared, typed);
  const beside = declared.some(({ key }) => start.problem?.field === `parameters.${key}`);

  const from = useSettled(dates.from, SETTLED_MS);
  const to = useSettled(dates.to, SETTLED_MS);
  const unknown = !blueprint || assetIds.length === 0 || !(Date.parse(from) < Date.parse(to));
  const outlook = useAsked(
    RetrainOutlookDocument,
    { blueprint: blueprint ?? "", assetIds: [...assetIds], start: from, end: to },
    0,
    unknown,
  ).data?.retrainOutlook;
  const updates = fromChampion && outlook?.updateObstacle === null;

  async function train() {
    if (!blueprint || !parameters) return;
    const run = await start.run({
      blueprint,
      assetIds: [...assetIds],
      start: dates.from,
      end: dates.to,
      parameters,
      overrides: [],
      seed: 0,
      startFrom: updates ? "CHAMPION" : "NOTHING",
      overrideReason: refused && mayOverride ? reason : null,
    });
    if (run) onStarted(run.id);
  }

  return (
    <>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {start.problem && !beside ? <Failed problem={start.problem} /> : null}
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
          onChange={(key) => {
            setChosen(key);
            setTyped({});
          }}
        />
      ) : null}
      {outlook?.willNotHelp.map(({ asset, sentence }) => (
        <Notice key={asset.id} tone="silent">
          <span data-testid="will-not-help">
            {assetIds.length > 1 ? `${asset.title}: ` : null}
            {sentence}
          </span>
        </Notice>
      ))}
      {outlook ? (
        <StartFromChoice
          fromChampion={updates}
          obstacle={outlook.updateObstacle}
          onChange={setFromChampion}
        />
      ) : null}
      <ParameterFields
        parameters={declared}
        typed={typed}
        refused={start.problem}
        onChange={(next) => {
          setTyped(next);
          start.forget();
        }}
      />
      {refused && mayOverride ? (
        <Field
          label={t`Why train on it all the same`}
          value={reason}
          onChange={setReason}
          hint={t`Kept with the run and in the audit trail.`}
        />
      ) : null}
      {refused && !mayOverride ? (
        <p>
          <Trans>Choose a range that fits, or ask an engineer, who may override this with a reason.</Trans>
        </p>
      ) : null}
      <Actions>
        <Button
          tone="main"
          busy={start.busy}
          isDisabled={
            disabled ||
            !blueprint ||
            !parameters ||
            !may("TRAIN") ||
            (refused && !(mayOverride && reason.trim()))
          }
          onPress={() => void train()}
        >
          {refused && mayOverride ? <Trans>Train all the same</Trans> : <Trans>Train a new version</Trans>}
        </Button>
      </Actions>
    </>
  );
}
