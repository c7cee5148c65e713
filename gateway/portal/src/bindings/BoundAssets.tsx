import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { type BindingState, BindingsDocument, type BindingsQuery } from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { count, percent } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { BINDING_STATES, BindingMark, useBindingWord } from "./BindingMark";
import styles from "./Bindings.module.css";

type Bound = NonNullable<BindingsQuery["bindingRule"]>["bindings"]["edges"][number]["node"];

/** The machines of a rule, all or those in one state, each with what it waits for. */
export function BoundAssets({ ruleId }: { ruleId: string }) {
  const { t } = useLingui();
  const word = useBindingWord();
  const [show, setShow] = useState<BindingState | "ALL">("ALL");
  const bound = useListed(
    BindingsDocument,
    { id: ruleId, state: show === "ALL" ? null : show },
    (data) => data.bindingRule?.bindings ?? NONE,
    ({ asset }) => asset.id,
    2500,
  );
  const choices = [
    { key: "ALL" as const, text: t`All assets` },
    ...BINDING_STATES.map((state) => ({ key: state, text: word(state) })),
  ];
  return (
    <Panel
      title={<Trans>Assets</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {bound.problem ? <Failed problem={bound.problem} again={bound.again} /> : null}
      {!bound.loaded && !bound.problem ? <Skeleton lines={3} /> : null}
      {bound.loaded && bound.nodes.length === 0 ? (
        <Empty title={<Trans>No asset is in this state</Trans>}>
          {show === "ALL" ? (
            <p>
              <Trans>A machine appears here as soon as it exists and its labels match.</Trans>
            </p>
          ) : null}
        </Empty>
      ) : null}
      {bound.nodes.length > 0 ? <Table nodes={bound.nodes} /> : null}
      {bound.more ? (
        <div className={styles["more"]}>
          <Button small onPress={bound.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Table({ nodes }: { nodes: readonly Bound[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`Assets of the rule`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Asset</Trans>
          </th>
          <th scope="col">
            <Trans>Where it stands</Trans>
          </th>
          <th scope="col">
            <Trans>Rows</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ asset, state, message, rows, trainAt, run }) => (
          <tr key={asset.id} data-testid={`bound-${asset.key}`}>
            <td>
              <BindingMark state={state} />
            </td>
            <td>
              <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
            </td>
            <td className={styles["message"]}>
              {message}
              {run ? (
                <div>
                  <Link href={`/runs/${encodeURIComponent(run.id)}`}>
                    <Trans>Run: {percent(run.progress)}</Trans>
                  </Link>
                </div>
              ) : null}
            </td>
            <td>
              <Plural value={rows} one="# row" other="# rows" />
              {trainAt === null ? null : (
                <div className={styles["hint"]}>
                  <Trans>trained at {count(trainAt)}</Trans>
                </div>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
