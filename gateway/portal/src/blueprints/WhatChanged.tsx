import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import {
  BlueprintDiffDocument,
  type BlueprintDiffQuery,
  type BlueprintVersionFactsFragment,
} from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import styles from "./Blueprints.module.css";

export type Version = BlueprintVersionFactsFragment;
type Change = NonNullable<BlueprintDiffQuery["blueprintDiff"]>["changes"][number];

interface Props {
  before: Version;
  after: Version;
  note?: ReactNode;
  actions?: ReactNode;
}

/** What differs from one blueprint version to another, a row a fact. */
export function WhatChanged({ before, after, note, actions }: Props) {
  const { data, problem, loading, again } = useAsked(BlueprintDiffDocument, {
    from: before.id,
    to: after.id,
  });
  const changes = data?.blueprintDiff?.changes ?? [];
  const restated = before.key === after.key && before.version === after.version && changes.length > 0;
  return (
    <Panel title={<Title before={before} after={after} />} note={note} actions={actions} flush>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton /> : null}
      {data && changes.length === 0 ? (
        <Empty title={<Trans>Nothing changed</Trans>}>
          <p>
            <Trans>Both were made by the same blueprint, down to the files of its plugin.</Trans>
          </p>
        </Empty>
      ) : null}
      {changes.length > 0 ? <Changes changes={changes} /> : null}
      {restated ? (
        <p className={styles["said"]}>
          <Trans>
            Both have the number {after.version}: the plugin changed, and the number of the blueprint did not.
          </Trans>
        </p>
      ) : null}
    </Panel>
  );
}

function Title({ before, after }: { before: Version; after: Version }) {
  if (before.id === after.id)
    return (
      <Trans>
        Blueprint {after.key} {after.version}: what changed
      </Trans>
    );
  if (before.key === after.key)
    return (
      <Trans>
        Blueprint {after.key} {before.version} → {after.version}: what changed
      </Trans>
    );
  return (
    <Trans>
      Blueprint {before.key} {before.version} → {after.key} {after.version}: what changed
    </Trans>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["changes"]} aria-label={t`What changed`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>What</Trans>
          </th>
          <th scope="col">
            <Trans>Before</Trans>
          </th>
          <th scope="col">
            <Trans>After</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, title, before, after }) => (
          <tr key={path}>
            <th scope="row">{title}</th>
            <td>{before ?? <Absent />}</td>
            <td>{after ?? <Absent />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Absent() {
  return (
    <span className={styles["absent"]}>
      <Trans>not there</Trans>
    </span>
  );
}
