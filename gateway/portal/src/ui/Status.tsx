import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Status.module.css";

export type Tone = "plain" | "alarm" | "silent" | "blind" | "good" | "act";

/** A state in an icon and a word; colour only where it is abnormal. */
export function Mark({ tone, icon, children }: { tone: Tone; icon: IconName; children: ReactNode }) {
  return (
    <span className={`${styles["mark"]} ${styles[tone]}`}>
      <Icon name={icon} size={14} />
      <span>{children}</span>
    </span>
  );
}

/** What went wrong and the next step, with a way to try again. */
export function Failed({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div className={styles["failed"]} role="alert">
      <Icon name="failure" />
      <div>
        <p>{problem.message}</p>
        <p className={styles["code"]}>{problem.code}</p>
      </div>
      {again ? (
        <Button small onPress={again}>
          <Trans>Try again</Trans>
        </Button>
      ) : null}
    </div>
  );
}

/** Nothing here yet, and what to do about it. */
export function Empty({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles["empty"]}>
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** Grey lines where text will stand. */
export function Skeleton({ lines = 3, tall = false }: { lines?: number; tall?: boolean }) {
  const { t } = useLingui();
  return (
    <div className={styles["skeleton"]} role="status" aria-label={t`Loading`}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <div key={line} className={tall ? styles["tall"] : styles["line"]} />
      ))}
    </div>
  );
}

/** One sentence that stays until the next one: what was done, and how to undo it. */
export function Notice({
  tone = "plain",
  children,
  action,
}: {
  tone?: Tone;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={`${styles["notice"]} ${styles[tone] ?? ""}`} role="status">
      <div>{children}</div>
      {action}
    </div>
  );
}

/** A share from 0 to 1 with its text; `role=progressbar` for readers. */
export function Progress({ share, label }: { share: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      className={styles["progress"]}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div className={styles["done"]} style={{ width: `${percent}%` }} />
    </div>
  );
}
