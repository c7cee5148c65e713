import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  type ExportFormat,
  type ExportOf,
  JobContractsDocument,
  type JobContractsQuery,
  StartExportDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { fromLocalField, toLocalField } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Failed, Notice, Skeleton } from "../ui/Status";
import styles from "./Jobs.module.css";

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Readings or scores of a range are written into a file. The job's own page gives it. */
export default function ExportRows() {
  const { data, problem, loading, again } = useAsked(JobContractsDocument, {});
  return (
    <Page
      title={<Trans>Export rows</Trans>}
      above={
        <Link href="/jobs">
          <Trans>Jobs</Trans>
        </Link>
      }
      lead={<Trans>Readings or scores of a range as one file, in the order of time.</Trans>}
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={6} /> : null}
      {data ? <Form contracts={data.contracts} /> : null}
    </Page>
  );
}

function Form({ contracts }: { contracts: JobContractsQuery["contracts"] }) {
  const { t } = useLingui();
  const may = useMay();
  const [, navigate] = useLocation();
  const [of, setOf] = useState<ExportOf>("READINGS");
  const [contract, setContract] = useState(contracts[0]?.key ?? null);
  const [format, setFormat] = useState<ExportFormat>("PARQUET");
  const [labels, setLabels] = useState("");
  const [from, setFrom] = useState(() => toLocalField(new Date(Date.now() - WEEK_MS)));
  const [until, setUntil] = useState(() => toLocalField(new Date()));
  const begin = useAct(StartExportDocument);
  const start = fromLocalField(from);
  const end = fromLocalField(until);
  const backwards = start !== null && end !== null && start >= end;
  const at = (field: string) => (begin.problem?.field === field ? begin.problem.message : null);

  async function send() {
    if (!contract || !start || !end) return;
    const job = await begin.run({
      of,
      contract,
      start,
      end,
      format,
      assetIds: [],
      labels: labels.trim() || null,
    });
    if (job) navigate(`/jobs/${encodeURIComponent(job.id)}`);
  }

  if (!contract)
    return (
      <Notice tone="silent">
        <Trans>There is no contract yet. An engineer has to say first what a row is.</Trans>
      </Notice>
    );
  return (
    <Panel title={<Trans>What is exported</Trans>}>
      <div className={styles["form"]}>
        <div className={styles["fields"]}>
          <Choose
            label={t`Rows`}
            value={of}
            choices={[
              { key: "READINGS", text: t`Readings` },
              { key: "SCORES", text: t`Scores` },
            ]}
            onChange={setOf}
          />
          <Choose
            label={t`Contract of the rows`}
            value={contract}
            choices={contracts.map(({ key, title }) => ({ key, text: title }))}
            onChange={setContract}
          />
          <Choose
            label={t`Format`}
            value={format}
            choices={[
              { key: "PARQUET", text: t`Parquet` },
              { key: "CSV", text: t`CSV with gzip` },
            ]}
            onChange={setFormat}
          />
        </div>
        <div className={styles["fields"]}>
          <Field label={t`From`} type="datetime-local" value={from} onChange={setFrom} error={at("start")} />
          <Field
            label={t`Until`}
            type="datetime-local"
            value={until}
            onChange={setUntil}
            error={backwards ? t`The end lies before the start.` : at("end")}
          />
          <Field
            label={t`Labels of the machines`}
            value={labels}
            onChange={setLabels}
            hint={t`Such as line=3, !retired. Empty: every machine of the contract.`}
            error={at("labels")}
          />
        </div>
        {begin.problem && !["start", "end", "labels"].includes(begin.problem.field ?? "") ? (
          <Failed problem={begin.problem} />
        ) : null}
        <Actions>
          <Button
            tone="main"
            busy={begin.busy}
            isDisabled={!start || !end || backwards || !may("VIEW")}
            onPress={() => void send()}
          >
            <Trans>Export</Trans>
          </Button>
        </Actions>
      </div>
    </Panel>
  );
}
