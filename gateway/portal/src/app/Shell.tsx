import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { Dialog, DialogTrigger, Link, Popover, Button as Pressable } from "react-aria-components";
import { useRoute } from "wouter";
import { connection } from "../api/connection";
import { FleetStateDocument, type Role } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Button, IconButton, LinkButton } from "../ui/Button";
import { zone } from "../ui/format";
import { Icon } from "../ui/Icon";
import styles from "./Shell.module.css";
import { StackLight } from "./StackLight";
import { useMay, useSession } from "./session";
import { chooseTheme, currentTheme } from "./theme";

/** The bar above every screen: the plant's light, the way to each screen, and who is signed in. */
export function Shell({ children }: { children: ReactNode }) {
  const { tenant } = useSession();
  const may = useMay();
  const { data } = useAsked(FleetStateDocument, {}, 5000);
  const counts = new Map(data?.healthCounts.map(({ health, assets }) => [health, assets]));
  return (
    <div className={styles["shell"]}>
      <button
        type="button"
        className={styles["skip"]}
        onClick={() => document.getElementById("main")?.focus()}
      >
        <Trans>Skip to the content</Trans>
      </button>
      <header className={styles["bar"]}>
        <Link href="/" className={styles["brand"] ?? ""}>
          <StackLight counts={counts} />
          <span className={styles["name"]}>Andon</span>
          <span className={styles["tenant"]}>{tenant.name}</span>
        </Link>
        <Nav
          alarms={counts.get("ALARM") ?? 0}
          admin={may("MANAGE_MEMBERS") || may("MANAGE_KEYS")}
          webhooks={may("MANAGE_WEBHOOKS")}
          notifications={may("MANAGE_NOTIFICATIONS")}
          capsules={may("OPEN_CAPSULES")}
          workbench={may("USE_WORKBENCH")}
        />
        <Tools />
      </header>
      <Disconnected />
      <main id="main" className={styles["main"]} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

interface NavProps {
  alarms: number;
  admin: boolean;
  webhooks: boolean;
  notifications: boolean;
  capsules: boolean;
  workbench: boolean;
}

function Nav({ alarms, admin, webhooks, notifications, capsules, workbench }: NavProps) {
  const { t } = useLingui();
  return (
    <nav className={styles["nav"]} aria-label={t`Screens`}>
      <Tab href="/" paths={["/", "/assets/*?"]}>
        <Trans>Fleet</Trans>
      </Tab>
      <Tab href="/lines" paths={["/lines"]}>
        <Trans>Lines</Trans>
      </Tab>
      <Tab href="/alarms" paths={["/alarms"]}>
        <Trans>Alarms</Trans>
        {alarms > 0 ? <span className={styles["badge"]}>{alarms}</span> : null}
      </Tab>
      <Tab href="/changes" paths={["/changes"]}>
        <Trans>Changes</Trans>
      </Tab>
      <Tab href="/loops" paths={["/loops"]}>
        <Trans>Loop</Trans>
      </Tab>
      <Tab href="/runs" paths={["/runs/*?", "/retrain", "/pipelines/*?"]}>
        <Trans>Runs</Trans>
      </Tab>
      <Tab href="/rollouts" paths={["/rollouts/*?"]}>
        <Trans>Rollouts</Trans>
      </Tab>
      <Tab href="/shadows" paths={["/shadows"]}>
        <Trans>Shadows</Trans>
      </Tab>
      <Tab href="/jobs" paths={["/jobs/*?"]}>
        <Trans>Jobs</Trans>
      </Tab>
      {capsules ? (
        <Tab href="/capsules" paths={["/capsules/*?"]}>
          <Trans>Capsules</Trans>
        </Tab>
      ) : null}
      <Tab href="/rules" paths={["/rules/*?"]}>
        <Trans>Rules</Trans>
      </Tab>
      <Tab href="/plans" paths={["/plans/*?"]}>
        <Trans>Plans</Trans>
      </Tab>
      <Tab href="/quarantine" paths={["/quarantine", "/edges/*?"]}>
        <Trans>Quarantine</Trans>
      </Tab>
      {workbench ? (
        <Tab href="/workbench" paths={["/workbench"]}>
          <Trans>Workbench</Trans>
        </Tab>
      ) : null}
      {notifications ? (
        <Tab href="/notifications" paths={["/notifications"]}>
          <Trans>Notifications</Trans>
        </Tab>
      ) : null}
      {webhooks ? (
        <Tab href="/webhooks" paths={["/webhooks/*?"]}>
          <Trans>Webhooks</Trans>
        </Tab>
      ) : null}
      {admin ? (
        <Tab href="/access" paths={["/access", "/audit", "/plugins"]}>
          <Trans>Access</Trans>
        </Tab>
      ) : null}
    </nav>
  );
}

function Tab({
  href,
  paths,
  children,
}: {
  href: string;
  paths: [string, string?, string?];
  children: ReactNode;
}) {
  const [first] = useRoute(paths[0]);
  const [second] = useRoute(paths[1] ?? paths[0]);
  const [third] = useRoute(paths[2] ?? paths[0]);
  return (
    <Link
      href={href}
      className={styles["tab"] ?? ""}
      aria-current={first || second || third ? "page" : false}
    >
      {children}
    </Link>
  );
}

function Tools() {
  const { t } = useLingui();
  const { me, signOut } = useSession();
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  const role = useRoleWord();
  const may = useMay();
  return (
    <div className={styles["tools"]}>
      <span
        className={styles["zone"]}
        title={t`All times are in the time zone of this browser. Hover one for UTC.`}
      >
        {zone()}
      </span>
      <IconButton
        icon={theme === "dark" ? "sun" : "moon"}
        label={theme === "dark" ? t`Light colours` : t`Dark colours`}
        onPress={() => {
          chooseTheme(other);
          setTheme(other);
        }}
      />
      <DialogTrigger>
        <Pressable className={styles["me"] ?? ""} aria-label={t`Account of ${me.name}`}>
          <Icon name="person" />
          <span className={styles["who"]}>{me.name}</span>
        </Pressable>
        <Popover className={styles["popover"] ?? ""} placement="bottom end">
          <Dialog className={styles["card"] ?? ""} aria-label={t`Account`}>
            {({ close }) => (
              <>
                <strong>{me.name}</strong>
                {me.role ? <span>{role(me.role)}</span> : null}
                <LinkButton small href="/sessions" onPress={close}>
                  <Trans>Your sessions</Trans>
                </LinkButton>
                {may("QUERY") ? (
                  <LinkButton small href="/explorer" onPress={close}>
                    <Trans>API explorer</Trans>
                  </LinkButton>
                ) : null}
                <Button small onPress={signOut}>
                  <Trans>Sign out</Trans>
                </Button>
              </>
            )}
          </Dialog>
        </Popover>
      </DialogTrigger>
    </div>
  );
}

export function useRoleWord(): (role: Role) => string {
  const { t } = useLingui();
  return (role) =>
    ({ OPERATOR: t`Operator`, ENGINEER: t`Engineer`, ADMIN: t`Admin`, PARTNER: t`Partner` })[role];
}

function Disconnected() {
  const reachable = useSyncExternalStore(connection.subscribe, connection.reachable);
  if (reachable) return null;
  return (
    <div className={styles["lost"]} role="alert">
      <Icon name="plug" />
      <Trans>Andon cannot be reached. What you see may be old; it is tried again by itself.</Trans>
    </div>
  );
}
