import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useLocation } from "wouter";
import {
  CapsuleDocument,
  type CapsuleQuery,
  KeepCapsuleDocument,
  OpenCapsuleDocument,
  RemoveCapsuleDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { sizeOf } from "../jobs/sizes";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { CapsuleMark } from "./CapsuleMark";
import styles from "./Capsules.module.css";

type Shown = Extract<NonNullable<CapsuleQuery["node"]>, { __typename: "Capsule" }>;

/** One score with all that reproduces it. */
export default function Capsule({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(CapsuleDocument, { id }, 3000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={8} />;
  const capsule = data.node;
  if (capsule?.__typename !== "Capsule")
    return (
      <Empty title={<Trans>There is no such capsule, or its time is over</Trans>}>
        <Link href="/capsules">
          <Trans>Capsules</Trans>
        </Link>
      </Empty>
    );
  return (
    <Page
      title={capsule.keptAs ?? <Trans>A score of {capsule.asset.title}</Trans>}
      above={
        <Link href="/capsules">
          <Trans>Capsules</Trans>
        </Link>
      }
      lead={
        <Trans>
          The row of <Time at={capsule.time} />, opened by {capsule.createdBy} <Ago at={capsule.createdAt} />.
        </Trans>
      }
    >
      <Panel title={<Trans>Scored again</Trans>}>
        <Standing capsule={capsule} again={again} />
      </Panel>
      {capsule.models.map((model) => (
        <Model key={`${model.number}/${model.shadow}`} model={model} rows={capsule.rows} />
      ))}
    </Page>
  );
}

function Standing({ capsule, again }: { capsule: Shown; again: () => void }) {
  const { t } = useLingui();
  const reopen = useAct(OpenCapsuleDocument);
  const versionId = capsule.version?.id ?? null;
  const score = { alarmId: null, assetId: capsule.asset.id, time: capsule.time, versionId };
  return (
    <div className={styles["standing"]} data-testid="capsule-standing">
      <div className={styles["headline"]}>
        <CapsuleMark capsule={capsule} />
        <Plural value={capsule.rows} one="# row" other="# rows" />
        {capsule.fileUrl && capsule.bytes !== null ? (
          <a href={capsule.fileUrl} download>
            <Trans>Download, {sizeOf(capsule.bytes)}</Trans>
          </a>
        ) : null}
        {capsule.state === "FAILED" || (capsule.state === "READY" && capsule.reproduced === null) ? (
          <Button small busy={reopen.busy} onPress={() => void reopen.run(score).then(again)}>
            <Trans>Try again</Trans>
          </Button>
        ) : null}
        <Keeping capsule={capsule} again={again} />
      </div>
      {capsule.problem ? <Failed problem={{ ...capsule.problem, field: null }} /> : null}
      {reopen.problem ? <Failed problem={reopen.problem} /> : null}
      {capsule.remark ? <Notice>{capsule.remark}</Notice> : null}
      {capsule.differences.length > 0 ? (
        <table aria-label={t`What came out otherwise`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Column</Trans>
              </th>
              <th scope="col">
                <Trans>Answered then</Trans>
              </th>
              <th scope="col">
                <Trans>Answered now</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {capsule.differences.map(({ version, column, recorded, here }) => (
              <tr key={`${version?.id}/${column}`}>
                <td>
                  {version ? <>v{version.number} </> : null}
                  {column}
                </td>
                <td>{recorded}</td>
                <td>{here}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <p className={styles["hint"]}>
        {capsule.expiresAt ? (
          <Trans>
            It goes on <Time at={capsule.expiresAt} /> unless it is kept.
          </Trans>
        ) : (
          <Trans>It is kept until somebody removes it.</Trans>
        )}{" "}
        <Trans>On a machine with Andon's environment, “andon capsule open” scores the file once more.</Trans>
      </p>
    </div>
  );
}

function Keeping({ capsule, again }: { capsule: Shown; again: () => void }) {
  const { t } = useLingui();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState(capsule.keptAs ?? "");
  const keep = useAct(KeepCapsuleDocument);
  const remove = useAct(RemoveCapsuleDocument);
  const kept = async () => {
    if (await keep.run({ capsuleId: capsule.id, name })) {
      setAsking(false);
      again();
    }
  };
  const removed = async () => {
    if (await remove.run({ capsuleId: capsule.id })) go("/capsules");
  };
  return (
    <>
      {capsule.state === "READY" ? (
        <Button small onPress={() => setAsking(true)}>
          {capsule.keptAs ? <Trans>Rename</Trans> : <Trans>Keep</Trans>}
        </Button>
      ) : null}
      <Button small busy={remove.busy} onPress={() => void removed()}>
        <Trans>Remove</Trans>
      </Button>
      {remove.problem ? <Failed problem={remove.problem} /> : null}
      <Dialog title={t`Keep this capsule`} open={asking} onClose={() => setAsking(false)}>
        <Field
          label={t`Name`}
          value={name}
          onChange={setName}
          error={keep.problem?.message ?? null}
          hint={<Trans>What it shows, so that others find it.</Trans>}
        />
        <Actions>
          <Button onPress={() => setAsking(false)}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" busy={keep.busy} onPress={() => void kept()}>
            <Trans>Keep</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}

function Model({ model, rows }: { model: Shown["models"][number]; rows: number }) {
  const column = useColumnWord();
  const route = useRouteWord();
  const role = model.shadow ? <Trans>shadow</Trans> : <Trans>champion</Trans>;
  return (
    <Panel
      title={
        <>
          v{model.number}, {role}
        </>
      }
      note={
        model.begins === "window" ? (
          <Trans>
            Scored again over the last {model.rows} of {rows} rows: from there on, all that it remembers is
            exact.
          </Trans>
        ) : (
          <Trans>
            Scored again over the last {model.rows} of {rows} rows: since its first row in this role.
          </Trans>
        )
      }
    >
      <dl className={styles["facts"]}>
        {model.answer.map(({ key, value }) => (
          <Fact key={key} name={column(key)} value={key === "route" ? route(value) : value} />
        ))}
        <Fact
          name={<Trans>Blueprint</Trans>}
          value={`${model.blueprint} ${model.blueprintVersion} (${model.plugin}, ${model.pluginDigest.slice(0, 12)})`}
        />
        <Fact
          name={<Trans>Trained with</Trans>}
          value={model.environment.map(({ key, value }) => `${key} ${value}`).join(", ")}
        />
      </dl>
    </Panel>
  );
}

function Fact({ name, value }: { name: React.ReactNode; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value || "–"}</dd>
    </>
  );
}

function useColumnWord(): (key: string) => string {
  const { t } = useLingui();
  const words: Record<string, string> = {
    route: t`Route`,
    value: t`Value, × its limit`,
    raw: t`Raw score`,
    threshold: t`Limit`,
    coverage: t`Coverage`,
    expected_loss: t`Expected loss`,
    missing: t`Missing signals`,
    top: t`Contributing signals`,
  };
  return (key) => words[key] ?? key;
}

function useRouteWord(): (code: string) => string {
  const { t } = useLingui();
  const words: Record<string, string> = {
    "0": t`Main model`,
    "1": t`Fallback model`,
    "2": t`None: an essential signal was missing`,
  };
  return (code) => words[code] ?? code;
}
