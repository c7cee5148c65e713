import { Plural, Trans } from "@lingui/react/macro";
import { SuitabilityCalibrationDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Said } from "../retrain/Suitability";
import { count, percent } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";

/** What was said of ranges, beside what the runs on them achieved. */
export default function Calibration() {
  const { data, problem, again } = useAsked(SuitabilityCalibrationDocument, {});
  const found = data?.suitabilityCalibration;
  return (
    <Page
      title={<Trans>How verdicts fared</Trans>}
      lead={<Trans>What was said of ranges, held against the gates of the versions trained on them.</Trans>}
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {!found && !problem ? <Skeleton lines={4} /> : null}
      {found && found.agreement === null ? (
        <Empty title={<Trans>No run with a verdict has ended yet</Trans>} />
      ) : null}
      {found && found.agreement !== null ? (
        <Panel
          title={<Trans>Verdict and gates said the same of {percent(found.agreement)}</Trans>}
          note={<Plural value={found.assets} one="of # asset" other="of # assets" />}
          flush
        >
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Verdict</Trans>
                </th>
                <th scope="col">
                  <Trans>Runs</Trans>
                </th>
                <th scope="col">
                  <Trans>Assets</Trans>
                </th>
                <th scope="col">
                  <Trans>Passed every gate</Trans>
                </th>
                <th scope="col">
                  <Trans>Held-out rows found abnormal, mean</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.verdicts.map((one) => (
                <tr key={one.verdict} data-testid={`fared-${one.verdict}`}>
                  <td>
                    <Said verdict={one.verdict} />
                  </td>
                  <td>{count(one.runs)}</td>
                  <td>{count(one.assets)}</td>
                  <td>
                    {count(one.passed)} ({percent(one.passed / one.assets)})
                  </td>
                  <td>{percent(one.heldOut)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      ) : null}
    </Page>
  );
}
