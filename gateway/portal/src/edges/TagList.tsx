import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type EdgeMappingFactsFragment, EdgeTagsDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { useSettled } from "../ui/useSettled";
import styles from "./Edges.module.css";

interface TagListProps {
  edge: string;
  source: string;
  assets: EdgeMappingFactsFragment["assets"];
}

/** The tags that the edge found, searched by any of their texts, with what each feeds. */
export function TagList({ edge, source, assets }: TagListProps) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const search = useSettled(typed.trim(), 300);
  const tags = useListed(
    EdgeTagsDocument,
    { edge, source, search },
    (data) => data.edgeTags,
    ({ address }) => address,
  );
  const feeds = (address: string) =>
    assets.flatMap(({ asset, signals }) =>
      signals.filter(({ tag }) => tag === address).map(({ signal }) => `${asset.title}: ${signal}`),
    );
  return (
    <>
      <Field label={t`Search the tags`} type="search" value={typed} onChange={setTyped} />
      {tags.problem ? <Failed problem={tags.problem} again={tags.again} /> : null}
      {!tags.loaded && !tags.problem ? <Skeleton lines={4} /> : null}
      {tags.loaded && tags.nodes.length === 0 ? (
        <Empty title={search ? <Trans>No tag is called so</Trans> : <Trans>The source has no tags</Trans>} />
      ) : null}
      {tags.nodes.length > 0 ? (
        <table aria-label={t`Tags of ${source}`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Address</Trans>
              </th>
              <th scope="col">
                <Trans>Title</Trans>
              </th>
              <th scope="col">
                <Trans>Unit</Trans>
              </th>
              <th scope="col">
                <Trans>Feeds</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {tags.nodes.map(({ address, title, unit, path }) => (
              <tr key={address}>
                <td>{address}</td>
                <td>
                  {title}
                  {path.length > 0 ? <div className={styles["hint"]}>{path.join(" › ")}</div> : null}
                </td>
                <td>{unit ?? ""}</td>
                <td>{feeds(address).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {tags.more ? (
        <Button small onPress={tags.loadMore}>
          <Trans>More tags</Trans>
        </Button>
      ) : null}
    </>
  );
}
