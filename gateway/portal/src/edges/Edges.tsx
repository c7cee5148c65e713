import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  ForgetPlantEdgeDocument,
  type PlantEdgeFactsFragment,
  PlantEdgesDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { count, span } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { DestinationMark, SourceMark } from "./EdgeMark";
import styles from "./Edges.module.css";

type Source = PlantEdgeFactsFragment["sources"][number];

/** The processes at the plants that read systems and send rows: what each of them reads, and what waits there. */
export default function Edges() {
  const edges = useListed(
    PlantEdgesDocument,
    {},
    (data) => data.plantEdges,
    ({ id }) => id,
    10_000,
  );
  return (
    <Page
      title={<Trans>Edges</Trans>}
      lead={
        <Trans>
          Programs at your plants that read machines and systems and send their rows here. Each says every
          half minute how it is.
        </Trans>
      }
    >
      {edges.problem ? <Failed problem={edges.problem} again={edges.again} /> : null}
      {!edges.loaded && !edges.problem ? <Skeleton lines={6} /> : null}
      {edges.loaded && edges.nodes.length === 0 ? (
        <Empty title={<Trans>No edge has reported yet</Trans>}>
          <p>
            <Trans>
              Install andon-edge at a plant, give it an API key, and it is here half a minute later. It
              connects to Andon and opens no port.
            </Trans>
          </p>
        </Empty>
      ) : null}
      {edges.nodes.map((edge) => (
        <Edge key={edge.id} edge={edge} again={edges.again} />
      ))}
      {edges.more ? (
        <Button onPress={edges.loadMore}>
          <Trans>More edges</Trans>
        </Button>
      ) : null}
    </Page>
  );
}

function Edge({ edge, again }: { edge: PlantEdgeFactsFragment; again: () => void }) {
  const { t } = useLingui();
  const may = useMay();
  const [asked, setAsked] = useState(false);
  const forget = useAct(ForgetPlantEdgeDocument);
  return (
    <Panel
      title={edge.name}
      note={
        edge.silent ? (
          <Mark tone="alarm" icon="silent">
            <Trans>
              Silent, last heard of <Ago at={edge.seenAt} />: below is what it said then
            </Trans>
          </Mark>
        ) : (
          <Trans>
            heard of <Ago at={edge.seenAt} />, runs since <Time at={edge.startedAt} />, version {edge.version}
            , key {edge.key}
          </Trans>
        )
      }
      actions={
        edge.silent && may("EDIT_PLANT") ? (
          <Button small onPress={() => setAsked(true)}>
            <Trans>Forget</Trans>
          </Button>
        ) : null
      }
      flush
    >
      {edge.sources.length > 0 ? <Sources edge={edge} /> : null}
      {edge.destinations.length > 0 ? <Destinations edge={edge} /> : null}
      {asked ? (
        <Dialog title={t`Forget ${edge.name}?`} open onClose={() => setAsked(false)} asks>
          {forget.problem ? <Failed problem={forget.problem} /> : null}
          <p>
            <Trans>
              It is listed no more. If it still runs and comes back, it is listed again; no row is lost.
            </Trans>
          </p>
          <Actions>
            <Button onPress={() => setAsked(false)}>
              <Trans>Cancel</Trans>
            </Button>
            <Button
              tone="main"
              busy={forget.busy}
              onPress={() =>
                void forget.run({ plantEdgeId: edge.id }).then((gone) => {
                  if (!gone) return;
                  setAsked(false);
                  again();
                })
              }
            >
              <Trans>Forget it</Trans>
            </Button>
          </Actions>
        </Dialog>
      ) : null}
    </Panel>
  );
}

function Sources({ edge: { id, name, sources, silent } }: { edge: PlantEdgeFactsFragment }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Sources of ${name}`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Source</Trans>
          </th>
          <th scope="col">
            <Trans>Tags and their last values</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Rows waiting</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Stored</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Quarantined</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Refused</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {sources.map((source) => (
          <tr key={source.name}>
            <td>
              <SourceMark state={source.state} stale={silent} />
              <div className={styles["hint"]}>
                <Ago at={source.since} />
              </div>
            </td>
            <td>
              {source.name}
              <div className={styles["hint"]}>{source.connector}</div>
              {source.why ? <div className={styles["why"]}>{source.why}</div> : null}
            </td>
            <td>
              <Ages source={source} />
              {source.mappedIn === "PORTAL" ? (
                <Link href={`/edges/${encodeURIComponent(id)}/${encodeURIComponent(source.name)}`}>
                  <Trans>Map tags</Trans>
                </Link>
              ) : null}
            </td>
            <td className="number">{count(source.waiting)}</td>
            <td className="number">{count(source.stored)}</td>
            <td className="number">{count(source.quarantined)}</td>
            <td className="number">
              {count(source.refused)}
              {source.lastRefusal ? <div className={styles["hint"]}>{source.lastRefusal}</div> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ages({ source: { tags, silent, oldest } }: { source: Source }) {
  const last = oldest.find(({ ageS }) => ageS !== null);
  return (
    <>
      <Trans>{count(tags)} tags</Trans>
      {silent > 0 ? (
        <div className={styles["why"]}>
          <Trans>
            {count(silent)} gave nothing yet, such as {oldest[0]?.tag ?? ""}
          </Trans>
        </div>
      ) : null}
      {last && last.ageS !== null ? (
        <div className={styles["hint"]}>
          <Trans>
            oldest: {last.tag}, {span(Math.max(0, last.ageS))} ago
          </Trans>
        </div>
      ) : null}
    </>
  );
}

function Destinations({ edge: { name, destinations, silent } }: { edge: PlantEdgeFactsFragment }) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Destinations of ${name}`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Destination</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Notices waiting</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Delivered</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Put aside</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {destinations.map((each) => (
          <tr key={each.name}>
            <td>
              <DestinationMark state={each.state} stale={silent} />
              {each.since ? (
                <div className={styles["hint"]}>
                  <Ago at={each.since} />
                </div>
              ) : null}
            </td>
            <td>
              {each.name}
              <div className={styles["hint"]}>{each.destination}</div>
              {each.why ? <div className={styles["why"]}>{each.why}</div> : null}
            </td>
            <td className="number">{count(each.waiting)}</td>
            <td className="number">{count(each.delivered)}</td>
            <td className="number">{count(each.putAside)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
