import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { type CaseState, CasesDocument, type CasesQuery, CloseCaseDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { type Listed, useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Alarms.module.css";

type Case = CasesQuery["cases"]["edges"][number]["node"];

/** Cases that want a person, and apart from them those that will close by themselves. */
export function Cases() {
  const open = useCases("OPEN");
  const cleared = useCases("CLEARED");
  const again = () => {
    open.again();
    cleared.again();
  };
  return (
    <div className={styles["stack"]}>
      <Panel title={<Trans>Open cases</Trans>} flush>
        {open.problem ? <Failed problem={open.problem} again={again} /> : null}
        {!open.loaded && !open.problem ? <Skeleton /> : null}
        {open.loaded && open.nodes.length === 0 ? (
          <Empty title={<Trans>No case wants a person</Trans>} />
        ) : null}
        <CaseList cases={open} again={again} />
      </Panel>
      {cleared.nodes.length > 0 ? (
        <Panel
          title={<Trans>Cleared</Trans>}
          note={<Trans>No alarm of theirs is on. They close by themselves, unless an alarm returns.</Trans>}
          flush
        >
          <CaseList cases={cleared} again={again} />
        </Panel>
      ) : null}
    </div>
  );
}

function useCases(state: CaseState): Listed<Case> {
  return useListed(
    CasesDocument,
    { states: [state] },
    (data) => data.cases,
    ({ id }) => id,
    10_000,
  );
}

function CaseList({ cases, again }: { cases: Listed<Case>; again: () => void }) {
  return (
    <>
      <ul className={styles["list"]}>
        {cases.nodes.map((each) => (
          <CaseRow key={each.id} case={each} again={again} />
        ))}
      </ul>
      {cases.more ? (
        <div className={styles["more"]}>
          <Button small onPress={cases.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </>
  );
}

function CaseRow({
  case: { id, title, openedAt, closesAt, alarms, nextStep, asset },
  again,
}: {
  case: Case;
  again: () => void;
}) {
  const may = useMay();
  const close = useAct(CloseCaseDocument);
  return (
    <li className={styles["alarm"]} data-testid={`case-${asset.key}`}>
      <div className={styles["what"]}>
        <Link href={`/assets/${encodeURIComponent(asset.key)}`} className={styles["asset"] ?? ""}>
          {asset.title}
        </Link>
        <Link href={`/cases/${encodeURIComponent(id)}`}>{title}</Link>
      </div>
      <div className={styles["facts"]}>
        <span>
          <Trans>
            opened <Ago at={openedAt} />
          </Trans>
        </span>
        <span>
          <Plural value={alarms} one="# alarm" other="# alarms" />
        </span>
        {closesAt ? (
          <span>
            <Trans>
              closes <Ago at={closesAt} />
            </Trans>
          </span>
        ) : null}
      </div>
      {nextStep ? (
        <p className={styles["facts"]}>
          <Link href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>{nextStep}</Link>
        </p>
      ) : null}
      {(closesAt || nextStep) && may("HANDLE_ALARM") ? (
        <div className={styles["handling"]}>
          <Button small busy={close.busy} onPress={() => void close.run({ caseId: id }).then(again)}>
            <Trans>Close now</Trans>
          </Button>
        </div>
      ) : null}
      {close.problem ? (
        <div className={styles["problem"]}>
          <Failed problem={close.problem} />
        </div>
      ) : null}
    </li>
  );
}
