import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { BlueprintVersionsDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { Choose } from "../ui/Choose";
import { dateTime } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { type Version, WhatChanged } from "./WhatChanged";

/** What a blueprint version changed since the one that runs used before it, or since any other that is chosen. */
export function SinceBefore({ version }: { version: Version }) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<string | null>(null);
  const versions = useListed(
    BlueprintVersionsDocument,
    { key: version.key },
    (data) => data.blueprintVersions,
    ({ id }) => id,
  );
  const others = versions.nodes.filter(({ id }) => id !== version.id);
  const earlier = others.find(({ recordedAt }) => Date.parse(recordedAt) < Date.parse(version.recordedAt));
  const before = others.find(({ id }) => id === chosen) ?? earlier;
  if (before)
    return (
      <WhatChanged
        before={before}
        after={version}
        actions={
          <Choose
            label={t`Compared with`}
            hideLabel
            value={before.id}
            choices={others.map((each) => ({ key: each.id, text: named(each) }))}
            onChange={setChosen}
          />
        }
      />
    );
  return (
    <Panel
      title={
        <Trans>
          Blueprint {version.key} {version.version}
        </Trans>
      }
      flush
    >
      {versions.problem ? <Failed problem={versions.problem} again={versions.again} /> : null}
      {!versions.loaded && !versions.problem ? <Skeleton /> : null}
      {versions.loaded ? (
        <Empty title={<Trans>The first version that a run used here</Trans>}>
          <p>
            <Trans>Once a run uses another one, what changed is shown with that run.</Trans>
          </p>
        </Empty>
      ) : null}
    </Panel>
  );
}

/** Numbers may repeat, so the plugin and the time stand beside it. */
function named({ version, plugin, recordedAt }: Version): string {
  return `${version} · ${plugin.name} ${plugin.version} · ${dateTime(recordedAt)}`;
}
