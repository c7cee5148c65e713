import { Plural, Trans } from "@lingui/react/macro";
import { memo } from "react";
import { Link } from "react-aria-components";
import { AssetVersionsDocument, type AssetVersionsQuery } from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { GateList } from "../runs/Gates";
import { Button } from "../ui/Button";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Asset.module.css";

type Version = NonNullable<AssetVersionsQuery["asset"]>["versions"]["edges"][number]["node"];

/** The asset's line of models, newest first; each opens into what made it and what it passed. */
export function VersionList({ assetKey }: { assetKey: string }) {
  const versions = useListed(
    AssetVersionsDocument,
    { key: assetKey },
    (data) => data.asset?.versions ?? NONE,
    ({ id }) => id,
    15_000,
  );
  return (
    <Panel title={<Trans>Model versions</Trans>} flush>
      {versions.problem ? <Failed problem={versions.problem} again={versions.again} /> : null}
      {!versions.loaded && !versions.problem ? <Skeleton /> : null}
      {versions.loaded && versions.nodes.length === 0 ? (
        <Empty title={<Trans>No version yet</Trans>} />
      ) : null}
      {versions.nodes.map((version) => (
        <VersionItem key={version.id} version={version} />
      ))}
      {versions.more ? (
        <div className={styles["more"]}>
          <Button small onPress={versions.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

/** Drawn again only when the version changed: a line of a thousand stays quick to open and close. */
const VersionItem = memo(function VersionItem({ version }: { version: Version }) {
  const { lineage, gates } = version;
  return (
    <details className={styles["version"]}>
      <summary>
        <strong>
          <Trans>Version {version.number}</Trans>
        </strong>
        {version.aliases.includes("CHAMPION") ? (
          <Mark tone="good" icon="pass">
            <Trans>Champion</Trans>
          </Mark>
        ) : null}
        {version.aliases.includes("CHALLENGER") ? (
          <Mark tone="act" icon="chart">
            <Trans>Challenger</Trans>
          </Mark>
        ) : null}
        <span className={styles["faint"]}>
          <Time at={version.createdAt} />
        </span>
      </summary>
      <dl className={styles["lineage"]}>
        <Fact name={<Trans>Trained on</Trans>}>
          {lineage.run ? (
            <>
              <Time at={lineage.run.start} /> – <Time at={lineage.run.end} />
            </>
          ) : (
            "–"
          )}
        </Fact>
        {lineage.borrowedFrom ? (
          <Fact name={<Trans>Borrowed from</Trans>}>
            <Link href={`/assets/${encodeURIComponent(lineage.borrowedFrom.key)}`}>
              {lineage.borrowedFrom.title}
            </Link>
          </Fact>
        ) : null}
        <Fact name={<Trans>Run</Trans>}>
          {lineage.run ? (
            <Link href={`/runs/${encodeURIComponent(lineage.run.id)}`}>
              <Trans>started by {lineage.run.createdBy}</Trans>
            </Link>
          ) : (
            "–"
          )}
        </Fact>
        <Fact name={<Trans>Blueprint</Trans>}>
          {lineage.blueprint} {lineage.blueprintVersion} ({lineage.plugin})
        </Fact>
        <Fact name={<Trans>Snapshot</Trans>}>
          <Digest value={lineage.snapshotDigest} />
        </Fact>
        <Fact name={<Trans>Artefact</Trans>}>
          <Digest value={version.artefactDigest} />
        </Fact>
        <Fact name={<Trans>Contract, seed</Trans>}>
          <Trans>
            version {lineage.contractVersion}, seed {lineage.seed}
          </Trans>
        </Fact>
        <Fact name={<Trans>Environment</Trans>}>
          <Made by={lineage.environment} />
        </Fact>
        {version.metrics.map(({ key, value }) => (
          <Fact key={key} name={key}>
            {figure(value, 4)}
          </Fact>
        ))}
      </dl>
      <Differences found={version.environmentDifferences} />
      {gates.length > 0 ? <GateList gates={gates} /> : null}
    </details>
  );
});

/** What numbers depend on most; all the rest on hover. */
function Made({ by }: { by: unknown }) {
  const all = Object.entries(by ?? {}).map(([name, said]) => ({ name, told: `${name} ${said}` }));
  const first = all.filter(({ name }) => ["python", "torch", "numpy"].includes(name));
  if (first.length === 0) return "–";
  return <span title={told(all)}>{first.map((each) => each.told).join(", ")}</span>;
}

function told(lines: readonly { told: string }[]) {
  return lines.map((line) => line.told).join("\n");
}

/** What clusters have otherwise by now; that which cannot change a number is counted only. */
function Differences({ found }: { found: Version["environmentDifferences"] }) {
  const matter = found.filter((each) => each.matters);
  const others = found
    .filter((each) => !each.matters)
    .map(({ what, made, here }) => ({ told: `${what} ${made} → ${here}` }));
  if (found.length === 0) return null;
  return (
    <div className={styles["differences"]}>
      <h4>
        <Trans>Otherwise by now</Trans>
      </h4>
      <ul>
        {matter.map((each) => (
          <li key={each.what}>
            {each.sentence} {each.mend.startsWith("pip ") ? <code>{each.mend}</code> : each.mend}
          </li>
        ))}
        {others.length > 0 ? (
          <li className={styles["faint"]} title={told(others)}>
            <Plural
              value={others.length}
              one="# difference cannot change its numbers"
              other="# differences cannot change its numbers"
            />
          </li>
        ) : null}
      </ul>
    </div>
  );
}

function Fact({ name, children }: { name: React.ReactNode; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A digest short enough to compare by eye; the whole of it on hover. */
export function Digest({ value }: { value: string }) {
  return <code title={value}>{value.slice(0, 12)}</code>;
}
