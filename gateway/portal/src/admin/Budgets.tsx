import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { type BudgetKind, BudgetsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { count, figure, span } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";

const EVERY_MS = 10_000;

const NAMES: Record<BudgetKind, ReactNode> = {
  REQUESTS: <Trans>Requests</Trans>,
  COST: <Trans>Query cost, in points</Trans>,
  ROWS: <Trans>Rows sent in</Trans>,
};

/** What this tenant may ask in a time, over all its members and keys, and what is left of it now. */
export function Budgets() {
  const { t } = useLingui();
  const { data, problem, loading, again } = useAsked(BudgetsDocument, {}, EVERY_MS);
  return (
    <Panel
      title={<Trans>Budgets</Trans>}
      note={
        <Trans>
          What everybody here may ask together. What is used comes back by itself; who finds nothing left is
          told when to come again. Ask who runs Andon for more.
        </Trans>
      }
      flush
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={3} /> : null}
      {data ? (
        <table aria-label={t`Budgets`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Of</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Left now</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>At once</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Back in a second</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Whole again in</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.budgets.map((budget) => (
              <tr key={budget.kind}>
                <th scope="row">{NAMES[budget.kind]}</th>
                <td className="number">{count(budget.remaining)}</td>
                <td className="number">{count(budget.burst)}</td>
                <td className="number">{figure(budget.perSecond)}</td>
                <td className="number">
                  {budget.resetSeconds < 1 ? <Trans>is whole</Trans> : span(budget.resetSeconds)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Panel>
  );
}
