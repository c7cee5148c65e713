import { Trans, useLingui } from "@lingui/react/macro";
import {
  StopWorkbenchDocument,
  WorkbenchesDocument,
  type WorkbenchFactsFragment,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { count } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Workbench.module.css";
import { WorkbenchMark } from "./WorkbenchMark";

/** Who has a workbench, since when and how large; an admin stops any. */
export function Everybodys() {
  const { t } = useLingui();
  const { data, problem, again } = useAsked(WorkbenchesDocument, {}, 5000);
  return (
    <Panel title={<Trans>Of all members</Trans>} flush>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {!data && !problem ? <Skeleton lines={3} /> : null}
      {data ? (
        <table aria-label={t`Workbenches of all members`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Member</Trans>
              </th>
              <th scope="col">
                <Trans>State</Trans>
              </th>
              <th scope="col">
                <Trans>Started</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Memory</Trans>
              </th>
              <th scope="col">
                <Trans>Change</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.workbenches.map((one) => (
              <One key={one.id} one={one} again={again} />
            ))}
          </tbody>
        </table>
      ) : null}
    </Panel>
  );
}

function One({ one, again }: { one: WorkbenchFactsFragment; again: () => void }) {
  const stop = useAct(StopWorkbenchDocument);
  const runs = one.state === "READY" || one.state === "STARTING";
  return (
    <tr>
      <th scope="row">{one.member}</th>
      <td>
        <WorkbenchMark state={one.state} />
        {one.detail ? <div className={styles["detail"]}>{one.detail}</div> : null}
      </td>
      <td>{one.startedAt ? <Ago at={one.startedAt} /> : "–"}</td>
      <td className="number">
        {one.memoryBytes ? `${count(Math.round(one.memoryBytes / 2 ** 20))} MiB` : "–"}
      </td>
      <td>
        {runs ? (
          <Button small busy={stop.busy} onPress={() => void stop.run({ workbenchId: one.id }).then(again)}>
            <Trans>Stop</Trans>
          </Button>
        ) : null}
        {stop.problem ? <Failed problem={stop.problem} /> : null}
      </td>
    </tr>
  );
}
