import { type ReactNode, useId } from "react";
import styles from "./Panel.module.css";

interface PanelProps {
  title: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  /** Children reach the edges: tables and charts. */
  flush?: boolean;
  children: ReactNode;
}

/** A titled region of a page, found by its name. */
export function Panel({ title, note, actions, flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={styles["panel"]} aria-labelledby={id}>
      <header className={styles["head"]}>
        <h2 id={id}>{title}</h2>
        {note ? <p className={styles["note"]}>{note}</p> : null}
        {actions ? <div className={styles["actions"]}>{actions}</div> : null}
      </header>
      <div className={flush ? styles["flush"] : styles["body"]}>{children}</div>
    </section>
  );
}

interface PageProps {
  title: ReactNode;
  lead?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of a screen: one heading, one sentence, the actions, then panels. */
export function Page({ title, lead, above, actions, children }: PageProps) {
  return (
    <div className={styles["page"]}>
      <header className={styles["top"]}>
        <div className={styles["heading"]}>
          {above ? <div className={styles["above"]}>{above}</div> : null}
          <h1>{title}</h1>
          {lead ? <div className={styles["lead"]}>{lead}</div> : null}
        </div>
        {actions ? <div className={styles["actions"]}>{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}
