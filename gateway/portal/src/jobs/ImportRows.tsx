import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { FileTrigger, Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  type ImportPolicy,
  JobContractsDocument,
  type JobContractsQuery,
  type TimeUnit,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions } from "../ui/Dialog";
import { percent } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Progress, Skeleton } from "../ui/Status";
import { ENDINGS, fits, formatOf, HEAD } from "./files";
import styles from "./Jobs.module.css";
import { sizeOf } from "./sizes";
import { useImport } from "./useImport";

/** A file of rows is sent, and its import begun. From then on the job's own page tells. */
export default function ImportRows() {
  const allowed = useMay()("INGEST");
  const { data, problem, loading, again } = useAsked(JobContractsDocument, {}, 0, !allowed);
  if (!allowed)
    return (
      <Empty title={<Trans>Importing is for engineers and admins</Trans>}>
        <p>
          <Trans>Ask an admin of your tenant for the role.</Trans>
        </p>
      </Empty>
    );
  return (
    <Page
      title={<Trans>Import rows</Trans>}
      above={
        <Link href="/jobs">
          <Trans>Jobs</Trans>
        </Link>
      }
      lead={
        <Trans>
          A file with a column for the asset, one for the time and one for each signal. Every row is checked
          against the contract.
        </Trans>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={6} /> : null}
      {data ? <Form contracts={data.contracts} /> : null}
    </Page>
  );
}

function Form({ contracts }: { contracts: JobContractsQuery["contracts"] }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [contract, setContract] = useState(contracts[0]?.key ?? null);
  const [policy, setPolicy] = useState<ImportPolicy>("REJECT_FAILED_ROWS");
  const [timeUnit, setTimeUnit] = useState<TimeUnit | "NONE">("NONE");
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const { share, problem, busy, run, stop } = useImport();

  async function choose(chosen: File | undefined) {
    if (!chosen) return;
    const complaint = await complaintOf(chosen);
    setWrong(complaint);
    setFile(complaint ? null : chosen);
  }

  async function complaintOf(chosen: File): Promise<string | null> {
    const format = formatOf(chosen.name);
    const { name } = chosen;
    if (!format) return t`“${name}” is none of CSV, CSV with gzip, Parquet and Arrow. Choose such a file.`;
    if (chosen.size === 0) return t`“${name}” is empty. Choose a file with rows.`;
    const head = new Uint8Array(await chosen.slice(0, HEAD).arrayBuffer());
    if (!fits(format, head))
      return t`“${name}” is not what its ending says. Check the file, or give it the right ending.`;
    return null;
  }

  async function start() {
    const format = file ? formatOf(file.name) : null;
    if (!file || !format || !contract) return;
    const job = await run(file, {
      contract,
      format,
      policy,
      timeUnit: timeUnit === "NONE" ? null : timeUnit,
      units: [],
    });
    if (job) navigate(`/jobs/${encodeURIComponent(job)}`);
  }

  if (!contract)
    return (
      <Notice tone="silent">
        <Trans>There is no contract yet. An engineer has to say first what a row is.</Trans>
      </Notice>
    );
  const size = file ? sizeOf(file.size) : "";
  return (
    <Panel title={<Trans>The file and what it holds</Trans>}>
      <div className={styles["form"]}>
        <div className={styles["file"]}>
          <FileTrigger
            acceptedFileTypes={[...ENDINGS, ".gz"]}
            onSelect={(files) => void choose(files?.[0] ?? undefined)}
          >
            <Button isDisabled={busy}>
              {file ? <Trans>Choose another file</Trans> : <Trans>Choose a file</Trans>}
            </Button>
          </FileTrigger>
          <span data-testid="chosen">{file ? `${file.name}, ${size}` : null}</span>
          {file ? null : (
            <span className={styles["hint"]}>
              <Trans>CSV, CSV with gzip, Parquet or Arrow</Trans>
            </span>
          )}
        </div>
        {wrong ? (
          <p className={styles["bad"]} role="alert">
            {wrong}
          </p>
        ) : null}
        <div className={styles["fields"]}>
          <Choose
            label={t`Contract of the rows`}
            value={contract}
            choices={contracts.map(({ key, title }) => ({ key, text: title }))}
            onChange={setContract}
            isDisabled={busy}
          />
          <Choose
            label={t`A row with a bad value`}
            value={policy}
            choices={[
              { key: "REJECT_FAILED_ROWS", text: t`goes to quarantine` },
              { key: "IGNORE_FAILED", text: t`is stored without that value` },
            ]}
            onChange={setPolicy}
            isDisabled={busy}
          />
          <Choose
            label={t`Times are written`}
            value={timeUnit}
            choices={[
              { key: "NONE", text: t`with their zone` },
              { key: "SECONDS", text: t`as seconds since 1970` },
              { key: "MILLISECONDS", text: t`as milliseconds since 1970` },
              { key: "MICROSECONDS", text: t`as microseconds since 1970` },
              { key: "NANOSECONDS", text: t`as nanoseconds since 1970` },
            ]}
            onChange={setTimeUnit}
            isDisabled={busy}
          />
        </div>
        {share === null ? null : (
          <div>
            <p role="status" className={styles["hint"]}>
              <Trans>Stay on this page until the file is sent; then the import goes on without you.</Trans>
            </p>
            <span>{percent(share)}</span>
            <Progress share={share} label={t`How much of the file is sent`} />
          </div>
        )}
        {problem ? <Failed problem={problem} /> : null}
        <Actions>
          {share === null ? null : (
            <Button onPress={stop}>
              <Trans>Stop sending</Trans>
            </Button>
          )}
          <Button tone="main" busy={busy} isDisabled={!file} onPress={() => void start()}>
            <Trans>Send and import</Trans>
          </Button>
        </Actions>
      </div>
    </Panel>
  );
}
