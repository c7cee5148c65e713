import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { ForAdmins } from "../admin/ForAdmins";
import {
  DisablePluginDocument,
  EnablePluginDocument,
  type PluginFactsFragment,
  PluginsDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Actions, Dialog } from "../ui/Dialog";
import { Page, Panel } from "../ui/Panel";
import { Failed, Mark, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { PluginMark } from "./PluginMark";
import styles from "./Plugins.module.css";
import { SettingsDialog } from "./SettingsDialog";

type Version = PluginFactsFragment["versions"][number];
const USABLE = new Set(["CORE", "SIGNED", "UNSIGNED", "OWN"]);

/** Which plugins there are, how far each can be believed, and which of them this tenant uses. */
export default function Plugins() {
  const allowed = useMay()("MANAGE_PLUGINS");
  const { t } = useLingui();
  const { data, problem, loading, again } = useAsked(PluginsDocument, {}, 30_000, !allowed);
  if (!allowed) return <ForAdmins />;
  return (
    <Page
      title={<Trans>Plugins</Trans>}
      lead={
        <Trans>
          What this tenant uses of what is installed: models, rules, gates and contracts for a kind of
          machine. Who runs this installation adds plugins; you decide which are used here.
        </Trans>
      }
    >
      <Panel title={<Trans>Plugins</Trans>} flush>
        {problem ? <Failed problem={problem} again={again} /> : null}
        {loading ? <Skeleton lines={8} /> : null}
        {data ? (
          <table aria-label={t`Plugins`} className={styles["table"]}>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Plugin</Trans>
                </th>
                <th scope="col">
                  <Trans>Trust</Trans>
                </th>
                <th scope="col">
                  <Trans>What it brings</Trans>
                </th>
                <th scope="col">
                  <Trans>Used here</Trans>
                </th>
                <th scope="col">
                  <Trans>Change</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.plugins.map((plugin) => (
                <Plugin key={plugin.name} plugin={plugin} again={again} />
              ))}
            </tbody>
          </table>
        ) : null}
      </Panel>
    </Page>
  );
}

/** Whether it runs anything here. What works at the plant is used there or not, and there is nothing to disable. */
function here({ state, declares }: Version): boolean {
  return state !== "CORE" || declares.some(({ keys }) => keys.length > 0);
}

function Plugin({ plugin, again }: { plugin: PluginFactsFragment; again: () => void }) {
  const shown = plugin.versions.find(({ version }) => version === plugin.version) ?? plugin.versions[0];
  if (!shown) return null;
  return (
    <tr data-testid={`plugin-${plugin.name}`}>
      <th scope="row">
        {shown.title}
        <div className={styles["hint"]}>
          {plugin.name} {shown.version}
        </div>
        {shown.summary ? <div className={styles["hint"]}>{shown.summary}</div> : null}
      </th>
      <td>
        <PluginMark state={shown.state} />
        {shown.reasons.map((reason) => (
          <div key={reason} className={styles["hint"]}>
            {reason}
          </div>
        ))}
        <Faults version={shown} />
      </td>
      <td>
        <Brings version={shown} />
      </td>
      <td>
        {here(shown) ? plugin.enabled ? <Trans>Yes</Trans> : <Trans>No</Trans> : "–"}
        {plugin.changedAt ? (
          <div className={styles["hint"]}>
            <Trans>
              {plugin.changedBy}, <Ago at={plugin.changedAt} />
            </Trans>
          </div>
        ) : null}
      </td>
      <td>
        <Changes plugin={plugin} shown={shown} again={again} />
      </td>
    </tr>
  );
}

/** What the last fault was, and what to do about it. */
function Faults({ version: { faults, disabled } }: { version: Version }) {
  const last = faults.at(-1);
  if (!last) return null;
  return (
    <>
      {disabled ? (
        <Mark tone="alarm" icon="failure">
          <Trans>Disabled after repeated faults</Trans>
        </Mark>
      ) : null}
      <div className={styles["fault"]}>
        {last.what} <Ago at={last.at} />. {last.next}
      </div>
    </>
  );
}

function Brings({ version: { declares, hosts } }: { version: Version }) {
  const word = useHookWord();
  const brought = declares.filter(({ keys }) => keys.length > 0);
  return (
    <>
      {brought.length === 0 ? (
        <span className={styles["hint"]}>
          <Trans>Nothing that runs here: it works at the plant.</Trans>
        </span>
      ) : null}
      <ul className={styles["brings"]}>
        {brought.map(({ hook, keys }) => (
          <li key={hook}>
            <span className={styles["hint"]}>{word(hook)}</span> {keys.join(", ")}
          </li>
        ))}
      </ul>
      {hosts.length > 0 ? (
        <div className={styles["hint"]}>
          <Trans>It would like to reach {hosts.join(", ")}; nothing reaches out from here.</Trans>
        </div>
      ) : null}
    </>
  );
}

function useHookWord(): (hook: string) => string {
  const { t } = useLingui();
  const words: Record<string, string> = {
    contracts: t`Contracts`,
    blueprints: t`Blueprints`,
    alarm_rules: t`Alarm rules`,
    suitability_factors: t`Suitability`,
    gates: t`Gates`,
    demo_plants: t`Simulated plants`,
  };
  return (hook) => words[hook] ?? hook;
}

function Changes({
  plugin,
  shown,
  again,
}: {
  plugin: PluginFactsFragment;
  shown: Version;
  again: () => void;
}) {
  const { t } = useLingui();
  const [asked, setAsked] = useState<"settings" | "versions" | "disable" | null>(null);
  const enable = useAct(EnablePluginDocument);
  const closed = (changed: boolean) => {
    setAsked(null);
    if (changed) again();
  };
  const usable = plugin.versions.filter(({ state, disabled }) => USABLE.has(state) && !disabled);
  return (
    <div className={styles["actions"]}>
      {enable.problem ? <Failed problem={enable.problem} /> : null}
      {!here(shown) ? null : plugin.enabled ? (
        <Button small aria-label={t`Disable ${plugin.name}`} onPress={() => setAsked("disable")}>
          <Trans>Disable</Trans>
        </Button>
      ) : (
        <Button
          small
          busy={enable.busy}
          isDisabled={usable.length === 0}
          aria-label={t`Enable ${plugin.name}`}
          onPress={() =>
            void enable.run({ plugin: plugin.name, version: null }).then((done) => done && again())
          }
        >
          <Trans>Enable</Trans>
        </Button>
      )}
      {shown.settingsForm ? (
        <Button small aria-label={t`Settings of ${plugin.name}`} onPress={() => setAsked("settings")}>
          <Trans>Settings</Trans>
        </Button>
      ) : null}
      {plugin.enabled && usable.length > 1 ? (
        <Button small aria-label={t`Another version of ${plugin.name}`} onPress={() => setAsked("versions")}>
          <Trans>Another version</Trans>
        </Button>
      ) : null}
      {asked === "settings" ? (
        <SettingsDialog plugin={plugin} form={shown.settingsForm} onClose={closed} />
      ) : null}
      {asked === "versions" ? <Versions plugin={plugin} usable={usable} onClose={closed} /> : null}
      {asked === "disable" ? <Disable plugin={plugin} onClose={closed} /> : null}
    </div>
  );
}

function Versions({
  plugin,
  usable,
  onClose,
}: {
  plugin: PluginFactsFragment;
  usable: readonly Version[];
  onClose: (changed: boolean) => void;
}) {
  const { t } = useLingui();
  const others = usable.filter(({ version }) => version !== plugin.version);
  const [chosen, setChosen] = useState(others[0]?.version ?? "");
  const enable = useAct(EnablePluginDocument);
  return (
    <Dialog title={t`Another version of ${plugin.name}`} open onClose={() => onClose(false)}>
      <div className={styles["form"]}>
        <p>
          <Trans>
            Runs that begin from now on use it, and clusters start anew with it: for some seconds rows wait
            and are answered after. You can come back to {plugin.version} in the same way.
          </Trans>
        </p>
        <Choose
          label={t`Version`}
          value={chosen}
          choices={others.map(({ version }) => ({
            key: version,
            text: version === plugin.formerVersion ? t`${version}, used before` : version,
          }))}
          onChange={setChosen}
        />
        {enable.problem ? <Failed problem={enable.problem} /> : null}
        <Actions>
          <Button onPress={() => onClose(false)}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            tone="main"
            busy={enable.busy}
            onPress={() =>
              void enable.run({ plugin: plugin.name, version: chosen }).then((done) => done && onClose(true))
            }
          >
            <Trans>Use {chosen}</Trans>
          </Button>
        </Actions>
      </div>
    </Dialog>
  );
}

function Disable({ plugin, onClose }: { plugin: PluginFactsFragment; onClose: (changed: boolean) => void }) {
  const { t } = useLingui();
  const disable = useAct(DisablePluginDocument);
  return (
    <Dialog title={t`Disable ${plugin.name}?`} open onClose={() => onClose(false)} asks>
      <p>
        <Trans>
          Its blueprints, contracts and rules are offered no more. Its settings are kept, and enabling it
          brings all back. It is refused while one of its models is a champion.
        </Trans>
      </p>
      {disable.problem ? <Failed problem={disable.problem} /> : null}
      <Actions>
        <Button onPress={() => onClose(false)}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          tone="main"
          busy={disable.busy}
          onPress={() => void disable.run({ plugin: plugin.name }).then((done) => done && onClose(true))}
        >
          <Trans>Disable it</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
