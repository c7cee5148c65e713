import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  PipelineDetailsDocument,
  PipelineDocument,
  type PipelineFactsFragment,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { LinkButton } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { Environment, Findings, Parameters } from "./Facts";
import { LastRuns } from "./LastRuns";
import { ForEngineers } from "./Pipelines";
import styles from "./Pipelines.module.css";
import { Proof } from "./Proof";
import { Steps } from "./Steps";
import { Use } from "./Use";
import { Versions } from "./Versions";

/** One pipeline: its versions, which is used, and what the shown one says of its notebook. */
export default function Pipeline({ id }: { id: string }) {
  const allowed = useMay()("REGISTER_PIPELINES");
  const { data, problem, loading, again } = useAsked(PipelineDocument, { id }, 10_000, !allowed);
  if (!allowed) return <ForEngineers />;
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={8} />;
  if (data.node?.__typename !== "Pipeline")
    return (
      <Empty title={<Trans>There is no such pipeline here</Trans>}>
        <LinkButton href="/pipelines">
          <Trans>Go to the pipelines</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown pipeline={data.node} again={again} />;
}

function Shown({ pipeline, again }: { pipeline: PipelineFactsFragment; again: () => void }) {
  const { t } = useLingui();
  const used = pipeline.versions.find(({ version }) => version === pipeline.version) ?? pipeline.versions[0];
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = pipeline.versions.find(({ id }) => id === chosen) ?? used;
  if (!shown || !used) return null;
  const assets = pipeline.champions ?? 0;
  return (
    <Page
      title={used.title}
      above={
        <Link href="/pipelines">
          <Trans>Pipelines</Trans>
        </Link>
      }
      lead={
        <>
          {pipeline.name}. {used.summary}{" "}
          <Plural value={assets} one="Champion of # asset." other="Champion of # assets." />
        </>
      }
      actions={<Use pipeline={pipeline} used={used} again={again} />}
    >
      {pipeline.enabled ? null : (
        <Notice tone="silent">
          <Trans>
            Retired by {pipeline.changedBy} <Ago at={pipeline.changedAt} />: its blueprint is offered no more.
            Use a version to take it up again.
          </Trans>
        </Notice>
      )}
      <Versions pipeline={pipeline} again={again} />
      {used.blueprints[0] ? <LastRuns blueprint={used.blueprints[0]} /> : null}
      {pipeline.versions.length > 1 ? (
        <div className={styles["choice"]}>
          <Choose
            label={t`Shown below`}
            value={shown.id}
            choices={pipeline.versions.map(({ id, version }) => ({ key: id, text: t`Version ${version}` }))}
            onChange={setChosen}
          />
        </div>
      ) : null}
      <Panel title={<Trans>Proof of {shown.version}</Trans>}>
        <Proof proof={shown.proof} />
      </Panel>
      <Said key={shown.id} id={shown.id} blueprints={shown.blueprints} />
    </Page>
  );
}

function Said({ id, blueprints }: { id: string; blueprints: readonly string[] }) {
  const { data, problem, loading, again } = useAsked(PipelineDetailsDocument, { id });
  const details = data?.node?.__typename === "PipelineVersion" ? data.node.details : null;
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !details) return <Skeleton lines={8} />;
  return (
    <>
      {details.reasons.map((reason) => (
        <Notice key={reason} tone="alarm">
          {reason}
        </Notice>
      ))}
      <Panel
        title={<Trans>Steps</Trans>}
        note={<Trans>Blueprint {blueprints.join(", ")}</Trans>}
        actions={
          details.notebookUrl ? (
            <a className={styles["download"]} href={details.notebookUrl} download>
              <Trans>Download the notebook</Trans>
            </a>
          ) : null
        }
        flush
      >
        {details.steps.length > 0 ? (
          <Steps steps={details.steps} />
        ) : (
          <Empty title={<Trans>The package names no steps</Trans>} />
        )}
      </Panel>
      <Parameters parameters={details.parameters} />
      <Findings findings={details.findings} />
      <Environment said={details.environment} />
    </>
  );
}
