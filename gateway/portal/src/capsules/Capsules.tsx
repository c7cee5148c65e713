import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { type CapsuleFactsFragment, CapsulesDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { CapsuleMark } from "./CapsuleMark";
import styles from "./Capsules.module.css";

/** Scores that were opened, newest first. */
export default function Capsules() {
  const { t } = useLingui();
  const [kept, setKept] = useState<"ALL" | "KEPT">("ALL");
  const capsules = useListed(
    CapsulesDocument,
    { kept: kept === "KEPT" },
    (data) => data.capsules,
    ({ id }) => id,
    15_000,
  );
  return (
    <Page
      title={<Trans>Capsules</Trans>}
      lead={
        <Trans>
          Each is one score with all that reproduces it: the rows, the models, the route, and what they were
          made with. Open one at an alarm or on an asset's page.
        </Trans>
      }
    >
      <Panel title={<Trans>Opened scores</Trans>} flush>
        <div className={styles["filters"]}>
          <Choose
            label={t`Which`}
            value={kept}
            choices={[
              { key: "ALL", text: t`All of them` },
              { key: "KEPT", text: t`Kept ones` },
            ]}
            onChange={setKept}
          />
        </div>
        {capsules.problem ? <Failed problem={capsules.problem} again={capsules.again} /> : null}
        {!capsules.loaded && !capsules.problem ? <Skeleton lines={6} /> : null}
        {capsules.loaded && capsules.nodes.length === 0 ? (
          <Empty title={<Trans>No score is opened</Trans>} />
        ) : null}
        {capsules.nodes.length > 0 ? (
          <table aria-label={t`Opened scores`}>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Score</Trans>
                </th>
                <th scope="col">
                  <Trans>Version</Trans>
                </th>
                <th scope="col">
                  <Trans>State</Trans>
                </th>
                <th scope="col">
                  <Trans>Opened</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {capsules.nodes.map((capsule) => (
                <Row key={capsule.id} capsule={capsule} />
              ))}
            </tbody>
          </table>
        ) : null}
        {capsules.more ? (
          <Button small onPress={capsules.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        ) : null}
      </Panel>
    </Page>
  );
}

function Row({ capsule }: { capsule: CapsuleFactsFragment }) {
  return (
    <tr data-testid={`capsule-${capsule.id}`}>
      <td>
        <Link href={`/capsules/${encodeURIComponent(capsule.id)}`}>
          {capsule.keptAs ?? capsule.asset.title}
        </Link>
        <div className={styles["hint"]}>
          {capsule.asset.title}, <Time at={capsule.time} />
        </div>
      </td>
      <td>
        {capsule.version ? <>v{capsule.version.number} </> : null}
        {capsule.shadow ? <Trans>as a shadow</Trans> : <Trans>as champion</Trans>}
      </td>
      <td>
        <CapsuleMark capsule={capsule} />
      </td>
      <td>
        <Ago at={capsule.createdAt} />
        <div className={styles["hint"]}>{capsule.createdBy}</div>
      </td>
    </tr>
  );
}
