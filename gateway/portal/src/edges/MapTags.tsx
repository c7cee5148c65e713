import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  AskEdgeTagsDocument,
  EdgeSourceMappingDocument,
  type EdgeMappingFactsFragment as Found,
  PutEdgeMappingDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { count } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { AddMachine } from "./AddMachine";
import styles from "./Edges.module.css";
import { MappedMachine } from "./MappedMachine";
import { type DraftAsset, draftOf, draftsOf, inputOf, mistakes, withSignal } from "./mapping";
import { TagList } from "./TagList";

interface Place {
  edge: string;
  source: string;
}

/** The tags of a source, and which signals of which machines they feed. */
export default function MapTags({ edge, source }: Place) {
  const { t } = useLingui();
  const { data, problem, loading, again } = useAsked(EdgeSourceMappingDocument, { edge, source }, 5000);
  const found = data?.edgeSourceMapping;
  return (
    <Page
      title={t`Tags of ${source}`}
      above={
        <Link href="/edges">
          <Trans>Edges</Trans>
        </Link>
      }
      lead={<Trans>Say which tag feeds which signal. The edge follows within half a minute.</Trans>}
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={6} /> : null}
      {found ? (
        <>
          <Feeding key={found.version} found={found} edge={edge} source={source} again={again} />
          <Reading found={found} edge={edge} source={source} again={again} />
        </>
      ) : null}
    </Page>
  );
}

function Feeding({ found, edge, source, again }: Place & { found: Found; again: () => void }) {
  const may = useMay();
  const before = draftsOf(found);
  const [drafts, setDrafts] = useState<readonly DraftAsset[]>(before);
  const put = useAct(PutEdgeMappingDocument);
  const wrong = mistakes(drafts);
  const changed = JSON.stringify(inputOf(drafts)) !== JSON.stringify(inputOf(before));

  async function save() {
    const input = { plantEdgeId: edge, source, version: found.version, assets: inputOf(drafts) };
    if (await put.run(input)) again();
  }

  return (
    <Panel
      title={<Trans>What they feed</Trans>}
      note={
        found.changedAt ? (
          <Trans>
            changed by {found.changedBy ?? ""} <Ago at={found.changedAt} />
          </Trans>
        ) : null
      }
    >
      {drafts.length === 0 ? (
        <Empty title={<Trans>No machine is fed by this source yet</Trans>}>
          <p>
            <Trans>Choose a machine below, then a tag for each of its signals.</Trans>
          </p>
        </Empty>
      ) : null}
      {drafts.map((draft) => (
        <MappedMachine
          key={draft.asset.id}
          draft={draft}
          edge={edge}
          source={source}
          wrong={wrong}
          onChange={(signal, change) => setDrafts(withSignal(drafts, draft.asset.id, signal, change))}
          onRemove={() => setDrafts(drafts.filter(({ asset }) => asset.id !== draft.asset.id))}
        />
      ))}
      {may("EDIT_PLANT") ? (
        <div className={styles["form"]}>
          <AddMachine
            taken={drafts.map(({ asset }) => asset.id)}
            onAdd={(asset) => setDrafts([...drafts, draftOf(asset)])}
          />
          {put.problem ? <Failed problem={put.problem} /> : null}
          <Actions>
            <Button isDisabled={!changed} onPress={() => setDrafts(before)}>
              <Trans>Discard changes</Trans>
            </Button>
            <Button
              tone="main"
              busy={put.busy}
              isDisabled={!changed || wrong.size > 0}
              onPress={() => void save()}
            >
              <Trans>Save the mapping</Trans>
            </Button>
          </Actions>
        </div>
      ) : null}
    </Panel>
  );
}

function Reading({ found, edge, source, again }: Place & { found: Found; again: () => void }) {
  const may = useMay();
  const ask = useAct(AskEdgeTagsDocument);
  return (
    <Panel
      title={<Trans>Tags of the source</Trans>}
      note={
        found.readAt ? (
          <Trans>
            {count(found.tags)} tags, read <Ago at={found.readAt} />
          </Trans>
        ) : null
      }
      actions={
        may("EDIT_PLANT") ? (
          <Button
            small
            busy={ask.busy}
            isDisabled={found.askedAt !== null}
            onPress={() => void ask.run({ plantEdgeId: edge, source }).then(again)}
          >
            <Trans>Read the tags</Trans>
          </Button>
        ) : null
      }
    >
      {ask.problem ? <Failed problem={ask.problem} /> : null}
      {found.askedAt ? (
        <Notice>
          <Trans>
            Asked <Ago at={found.askedAt} />. The edge reads them at its next look, within half a minute.
          </Trans>
        </Notice>
      ) : null}
      {found.why ? (
        <Notice tone="alarm">
          <Trans>The tags could not be read: {found.why}</Trans>
        </Notice>
      ) : null}
      {found.readAt ? (
        <TagList key={found.readAt} edge={edge} source={source} assets={found.assets} />
      ) : found.askedAt ? null : (
        <Empty title={<Trans>The tags were not read yet</Trans>}>
          <p>
            <Trans>Addresses that you know may be typed all the same.</Trans>
          </p>
        </Empty>
      )}
    </Panel>
  );
}
