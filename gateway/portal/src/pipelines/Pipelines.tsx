import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { PipelinesDocument, type PipelinesQuery } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Pipelines.module.css";
import { ProofMark } from "./Proof";

type Node = PipelinesQuery["pipelines"]["edges"][number]["node"];
const COMMAND = "andon-sdk link deploy wear.ipynb --name drill-wear";

/** Packages that engineers of this tenant made of notebooks. */
export default function Pipelines() {
  const allowed = useMay()("REGISTER_PIPELINES");
  return allowed ? <Listed /> : <ForEngineers />;
}

export function ForEngineers() {
  return (
    <Empty title={<Trans>This page is for engineers</Trans>}>
      <p>
        <Trans>Ask an admin of your tenant for the role.</Trans>
      </p>
    </Empty>
  );
}

function Listed() {
  const pipelines = useListed(
    PipelinesDocument,
    {},
    (data) => data.pipelines,
    ({ id }) => id,
    10_000,
  );
  return (
    <Page
      title={<Trans>Pipelines</Trans>}
      lead={
        <Trans>
          Notebooks that became blueprints. Their code runs in this tenant's own clusters and nowhere else,
          and nobody else sees them.
        </Trans>
      }
      above={
        <Link href="/runs">
          <Trans>Runs</Trans>
        </Link>
      }
    >
      <Panel title={<Trans>All pipelines</Trans>} flush>
        {pipelines.problem ? <Failed problem={pipelines.problem} again={pipelines.again} /> : null}
        {!pipelines.loaded && !pipelines.problem ? <Skeleton lines={6} /> : null}
        {pipelines.loaded && pipelines.nodes.length === 0 ? <First /> : null}
        {pipelines.nodes.length > 0 ? <Table nodes={pipelines.nodes} /> : null}
        {pipelines.more ? (
          <div className={styles["more"]}>
            <Button small onPress={pipelines.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

/** How the first one is made. */
function First() {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(COMMAND).then(() => setCopied(true));
  return (
    <Empty title={<Trans>No pipeline yet</Trans>}>
      <p>
        <Trans>
          Tag the cells of a notebook as steps, let one of them bind the name <code>recipe</code>, and
          register it: here it is a blueprint then, like any other.
        </Trans>
      </p>
      <p className={styles["command"]}>
        <code>{COMMAND}</code>
        <Button small onPress={copy} aria-label={t`Copy the command`}>
          <Trans>Copy</Trans>
        </Button>
        <span role="status">{copied ? t`Copied` : ""}</span>
      </p>
    </Empty>
  );
}

function Table({ nodes }: { nodes: readonly Node[] }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`All pipelines`} className={styles["table"]}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Pipeline</Trans>
          </th>
          <th scope="col">
            <Trans>Used here</Trans>
          </th>
          <th scope="col">
            <Trans>Proof</Trans>
          </th>
          <th scope="col">
            <Trans>Champion of</Trans>
          </th>
          <th scope="col">
            <Trans>Registered</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <Row key={node.id} node={node} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ node }: { node: Node }) {
  const used = node.versions.find(({ version }) => version === node.version) ?? node.versions[0];
  if (!used) return null;
  return (
    <tr data-testid={`pipeline-${node.name}`}>
      <th scope="row">
        <Link href={`/pipelines/${encodeURIComponent(node.id)}`}>{used.title}</Link>
        <div className={styles["hint"]}>{node.name}</div>
      </th>
      <td>
        {node.enabled ? (
          <Trans>Version {node.version}</Trans>
        ) : (
          <Mark tone="silent" icon="none">
            <Trans>Retired</Trans>
          </Mark>
        )}
        <div className={styles["hint"]}>
          <Plural value={node.versions.length} one="# version" other="# versions" />
        </div>
      </td>
      <td>
        <ProofMark proof={used.proof} />
      </td>
      <td>
        <Plural value={node.champions ?? 0} one="# asset" other="# assets" />
      </td>
      <td>
        <Ago at={used.registeredAt} />
        <div className={styles["hint"]}>{used.registeredBy}</div>
      </td>
    </tr>
  );
}
