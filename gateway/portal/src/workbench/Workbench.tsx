import { Trans } from "@lingui/react/macro";
import {
  MyWorkbenchDocument,
  OpenWorkbenchDocument,
  StartWorkbenchDocument,
  StopWorkbenchDocument,
  type WorkbenchFactsFragment,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { Everybodys } from "./Everybodys";
import styles from "./Workbench.module.css";
import { WorkbenchMark } from "./WorkbenchMark";

/** A member's own JupyterLab, and for admins the list of all. */
export default function Workbench() {
  const may = useMay();
  if (!may("USE_WORKBENCH"))
    return (
      <Empty title={<Trans>A workbench is for engineers</Trans>}>
        <p>
          <Trans>Ask an admin of your tenant for the role.</Trans>
        </p>
      </Empty>
    );
  return (
    <Page
      title={<Trans>Workbench</Trans>}
      lead={
        <Trans>
          A JupyterLab of your own beside this tenant's data. What runs in it has your rights as an engineer,
          and reaches nothing but Andon. Your files are kept when it stops.
        </Trans>
      }
    >
      <Mine />
      {may("MANAGE_MEMBERS") ? <Everybodys /> : null}
    </Page>
  );
}

function Mine() {
  const { data, problem, again } = useAsked(MyWorkbenchDocument, {}, 1000);
  const start = useAct(StartWorkbenchDocument);
  const mine = data?.workbench;
  const state = mine?.state ?? "STOPPED";
  const runs = mine && (state === "READY" || state === "STARTING") ? mine : null;
  return (
    <Panel title={<Trans>Yours</Trans>}>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {!data && !problem ? <Skeleton lines={3} /> : null}
      {data ? (
        <>
          <WorkbenchMark state={state} />
          {mine?.detail ? <p className={styles["detail"]}>{mine.detail}</p> : null}
          {start.problem ? <Failed problem={start.problem} /> : null}
          {runs ? (
            <Running mine={runs} again={again} />
          ) : (
            <div className={styles["buttons"]}>
              <Button tone="main" busy={start.busy} onPress={() => void start.run({}).then(again)}>
                {state === "FAILED" ? <Trans>Start it again</Trans> : <Trans>Start the workbench</Trans>}
              </Button>
            </div>
          )}
        </>
      ) : null}
    </Panel>
  );
}

function Running({ mine, again }: { mine: WorkbenchFactsFragment; again: () => void }) {
  const open = useAct(OpenWorkbenchDocument);
  const stop = useAct(StopWorkbenchDocument);
  return (
    <>
      {mine.endsAt ? (
        <p className={styles["detail"]}>
          <Trans>
            It stops by itself when nobody looks at it and nothing runs, at the latest at{" "}
            <Time at={mine.endsAt} />.
          </Trans>
        </p>
      ) : null}
      {open.problem ? <Failed problem={open.problem} /> : null}
      {stop.problem ? <Failed problem={stop.problem} /> : null}
      <div className={styles["buttons"]}>
        {mine.state === "READY" ? (
          <Button tone="main" busy={open.busy} onPress={() => void enter(() => open.run({}))}>
            <Trans>Open the workbench</Trans>
          </Button>
        ) : null}
        <Button busy={stop.busy} onPress={() => void stop.run({ workbenchId: mine.id }).then(again)}>
          <Trans>Stop it</Trans>
        </Button>
      </div>
    </>
  );
}

/** In a tab of its own, made at once: browsers take one that is made after waiting for unwanted. */
async function enter(ask: () => Promise<{ url?: string } | null>) {
  const tab = window.open("", "_blank");
  const url = (await ask())?.url;
  if (!url) tab?.close();
  else if (tab) tab.location.replace(url);
  else window.location.assign(url);
}
