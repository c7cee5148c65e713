import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { CasesDocument, type CasesQuery, CloseCaseDocument } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Alarms.module.css";

type Case = CasesQuery["cases"][number];

/** Cases that want a person, and apart from them those that will close by themselves. */
export function Cases() {
  const { data, problem, loading, again } = useAsked(CasesDocument, { openOnly: true }, 10_000);
  const open = data?.cases.filter(({ state }) => state === "OPEN") ?? [];
  const cleared = data?.cases.filter(({ state }) => state === "CLEARED") ?? [];
  return (
    <div className={styles["stack"]}>
      <Panel title={<Trans>Open cases</Trans>} flush>
        {problem ? <Failed problem={problem} again={again} /> : null}
        {loading ? <Skeleton /> : null}
        {data && open.length === 0 ? <Empty title={<Trans>No case wants a person</Trans>} /> : null}
        <ul className={styles["list"]}>
          {open.map((each) => (
            <CaseRow key={each.id} case={each} again={again} />
          ))}
        </ul>
      </Panel>
      {cleared.length > 0 ? (
        <Panel
          title={<Trans>Cleared</Trans>}
          note={<Trans>No alarm of theirs is on. They close by themselves, unless an alarm returns.</Trans>}
          flush
        >
          <ul className={styles["list"]}>
            {cleared.map((each) => (
              <CaseRow key={each.id} case={each} again={again} />
            ))}
          </ul>
        </Panel>
      ) : null}
    </div>
  );
}

function CaseRow({
  case: { id, title, openedAt, closesAt, alarms, asset },
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
        <span>{title}</span>
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
      {closesAt && may("HANDLE_ALARM") ? (
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
