import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation, useSearchParams } from "wouter";
import { CreateBindingRuleDocument, RuleBlueprintsDocument } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Matches } from "../rollouts/Matches";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Page, Panel } from "../ui/Panel";
import { Failed, Notice, Skeleton } from "../ui/Status";
import styles from "./Bindings.module.css";

/** The form of a rule: which blueprint for which machines. */
export default function NewRule() {
  const { data, problem, loading, again } = useAsked(RuleBlueprintsDocument, {});
  return (
    <Page
      title={<Trans>Add a rule</Trans>}
      above={
        <Link href="/rules">
          <Trans>Rules</Trans>
        </Link>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={6} /> : null}
      {data ? <Form blueprints={data.blueprints} /> : null}
    </Page>
  );
}

interface Blueprint {
  key: string;
  title: string;
  version: string;
  contract: string | null;
}

function Form({ blueprints }: { blueprints: readonly Blueprint[] }) {
  const { t } = useLingui();
  const may = useMay();
  const [query] = useSearchParams();
  const [, navigate] = useLocation();
  const [blueprint, setBlueprint] = useState(blueprints[0]?.key ?? null);
  const [labels, setLabels] = useState(query.get("labels") ?? "");
  const create = useAct(CreateBindingRuleDocument);
  const chosen = blueprints.find(({ key }) => key === blueprint);
  const atLabels = create.problem?.field === "labels" ? create.problem.message : null;

  async function send() {
    if (!chosen) return;
    const rule = await create.run({ blueprint: chosen.key, labels: labels.trim(), parameters: [] });
    if (rule) navigate(`/rules/${encodeURIComponent(rule.id)}`);
  }

  if (!chosen)
    return (
      <Notice tone="silent">
        <Trans>No installed plugin offers a blueprint. Ask an engineer to install one.</Trans>
      </Notice>
    );
  return (
    <Panel title={<Trans>Which model for which machines</Trans>}>
      <div className={styles["form"]}>
        <Choose
          label={t`Blueprint`}
          value={chosen.key}
          choices={blueprints.map(({ key, title, version }) => ({ key, text: `${title} ${version}` }))}
          onChange={setBlueprint}
        />
        <Field
          label={t`Labels of the machines`}
          value={labels}
          onChange={setLabels}
          hint={t`Such as line=3, !retired. Empty: every machine that the blueprint can read.`}
          error={atLabels}
        />
        <Matches labels={labels} contract={chosen.contract} />
        <Notice>
          <Trans>
            A machine that has a champion keeps it. Each other one borrows a model of the fleet after its
            first rows, is trained on its own rows some minutes later, and again as they grow. What passes its
            gates is promoted without asking.
          </Trans>
        </Notice>
        {create.problem && !atLabels ? <Failed problem={create.problem} /> : null}
        <Actions>
          <Button
            tone="main"
            busy={create.busy}
            isDisabled={!may("EDIT_BLUEPRINTS")}
            onPress={() => void send()}
          >
            <Trans>Add the rule</Trans>
          </Button>
        </Actions>
      </div>
    </Panel>
  );
}
