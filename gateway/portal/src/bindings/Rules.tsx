import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { BindingRulesDocument, type BindingRulesQuery } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { count } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { BINDING_STATES, useBindingWord } from "./BindingMark";
import styles from "./Bindings.module.css";

type RuleNode = BindingRulesQuery["bindingRules"]["edges"][number]["node"];

/** Every rule of the tenant, newest first. */
export default function Rules() {
  const may = useMay();
  const rules = useListed(
    BindingRulesDocument,
    {},
    (data) => data.bindingRules,
    ({ id }) => id,
    5000,
  );
  return (
    <Page
      title={<Trans>Rules</Trans>}
      lead={
        <Trans>
          A rule gives every machine that matches its labels a model, and each new one within minutes:
          borrowed from the fleet at first, then trained on its own rows.
        </Trans>
      }
      actions={
        may("EDIT_BLUEPRINTS") ? (
          <LinkButton tone="main" icon="plus" href="/rules/new">
            <Trans>Add a rule</Trans>
          </LinkButton>
        ) : null
      }
    >
      <Panel title={<Trans>All rules</Trans>} flush>
        {rules.problem ? <Failed problem={rules.problem} again={rules.again} /> : null}
        {!rules.loaded && !rules.problem ? <Skeleton lines={6} /> : null}
        {rules.loaded && rules.nodes.length === 0 ? (
          <Empty title={<Trans>No rule yet</Trans>}>
            <p>
              <Trans>
                Without one, each new machine waits until a person trains a model for it. Add a rule for a
                kind of machine once, and nobody has to.
              </Trans>
            </p>
          </Empty>
        ) : null}
        {rules.nodes.length > 0 ? <Table nodes={rules.nodes} /> : null}
        {rules.more ? (
          <div className={styles["more"]}>
            <Button small onPress={rules.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Table({ nodes }: { nodes: readonly RuleNode[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`All rules`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Rule</Trans>
          </th>
          <th scope="col">
            <Trans>Assets</Trans>
          </th>
          <th scope="col">
            <Trans>Added</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((rule) => (
          <tr key={rule.id}>
            <td>
              <Link href={`/rules/${encodeURIComponent(rule.id)}`}>
                <RuleName rule={rule} />
              </Link>
            </td>
            <td>
              <Counts rule={rule} />
            </td>
            <td>
              <Ago at={rule.createdAt} />
              <div className={styles["hint"]}>{rule.createdBy}</div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RuleName({ rule }: { rule: Pick<RuleNode, "blueprint" | "labels"> }) {
  return rule.labels ? (
    <Trans>
      {rule.blueprint} for {rule.labels}
    </Trans>
  ) : (
    <Trans>{rule.blueprint} for every machine it can read</Trans>
  );
}

/** How many assets are in each state, in words. */
export function Counts({ rule }: { rule: Pick<RuleNode, "counts"> }) {
  const word = useBindingWord();
  const counts = new Map(rule.counts.map(({ state, assets }) => [state, assets]));
  const used = BINDING_STATES.filter((state) => counts.has(state));
  if (used.length === 0) return <Trans>No asset matches yet.</Trans>;
  return (
    <ul className={styles["counts"]}>
      {used.map((state) => (
        <li key={state} data-state={state}>
          {count(counts.get(state) ?? 0)} {word(state)}
        </li>
      ))}
    </ul>
  );
}
