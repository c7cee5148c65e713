import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  BindingRuleDocument,
  type BindingRuleQuery,
  RemoveBindingRuleDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { figure } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Bindings.module.css";
import { BoundAssets } from "./BoundAssets";
import { Counts, RuleName } from "./Rules";

type RuleData = NonNullable<BindingRuleQuery["bindingRule"]>;

/** One rule: what it says, and how far each of its machines is. */
export default function Rule({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(BindingRuleDocument, { id }, 2500);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  if (!data.bindingRule)
    return (
      <Empty title={<Trans>There is no such rule here</Trans>}>
        <LinkButton href="/rules">
          <Trans>Go to the rules</Trans>
        </LinkButton>
      </Empty>
    );
  return <Shown rule={data.bindingRule} />;
}

function Shown({ rule }: { rule: RuleData }) {
  return (
    <Page
      title={<RuleName rule={rule} />}
      above={
        <Link href="/rules">
          <Trans>Rules</Trans>
        </Link>
      }
      lead={
        <Trans>
          Added by {rule.createdBy} <Time at={rule.createdAt} />.
        </Trans>
      }
      actions={<Remove rule={rule} />}
    >
      <Panel title={<Trans>Where its machines stand</Trans>}>
        <Counts rule={rule} />
        {rule.parameters.length > 0 ? (
          <p className={styles["hint"]}>
            {rule.parameters.map(({ key, value }) => `${key} ${figure(value, 6)}`).join(" · ")}
          </p>
        ) : null}
      </Panel>
      <BoundAssets ruleId={rule.id} />
    </Page>
  );
}

function Remove({ rule }: { rule: RuleData }) {
  const { t } = useLingui();
  const may = useMay();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const remove = useAct(RemoveBindingRuleDocument);
  if (!may("EDIT_BLUEPRINTS")) return null;
  const act = async () => {
    if (await remove.run({ ruleId: rule.id })) navigate("/rules");
  };
  return (
    <>
      <Button onPress={() => setAsking(true)}>
        <Trans>Remove the rule</Trans>
      </Button>
      <Dialog title={t`Remove the rule?`} open={asking} onClose={() => setAsking(false)} asks>
        <p>
          <Trans>
            Machines keep the models they have, borrowed ones too. New machines get none by this rule any
            more, and a run under way ends without a promotion.
          </Trans>
        </p>
        {remove.problem ? <Failed problem={remove.problem} /> : null}
        <Actions>
          <Button onPress={() => setAsking(false)}>
            <Trans>Not now</Trans>
          </Button>
          <Button tone="danger" busy={remove.busy} onPress={() => void act()}>
            <Trans>Remove the rule</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
