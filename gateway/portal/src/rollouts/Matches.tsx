import { Plural, Trans } from "@lingui/react/macro";
import { useDeferredValue } from "react";
import { RolloutMatchesDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useSettled } from "../ui/useSettled";
import styles from "./Rollouts.module.css";

/** How many assets a label query means now, so that nobody starts a rollout over the wrong ones. */
export function Matches({ labels, contract }: { labels: string; contract: string | null }) {
  const asked = useDeferredValue(useSettled(labels.trim(), 250));
  const { data, problem } = useAsked(RolloutMatchesDocument, { labels: asked, contract });
  if (problem)
    return (
      <p className={styles["bad"]} role="status">
        {problem.message}
      </p>
    );
  if (!data) return null;
  const { totalCount, edges } = data.assets;
  const names = edges.map(({ node }) => node.title).join(", ");
  return (
    <p className={styles["hint"]} role="status">
      <Plural value={totalCount} _0="No asset matches." one="# asset matches:" other="# assets match:" />{" "}
      {names}
      {totalCount > edges.length ? <Trans> and others.</Trans> : null}
    </p>
  );
}
