import type { ReactNode } from "react";
import styles from "./Entrance.module.css";
import { StackLight } from "./StackLight";

interface EntranceProps {
  title: ReactNode;
  lead?: ReactNode;
  children: ReactNode;
}

/** The frame of a page without a session: one card in the middle. */
export function Entrance({ title, lead, children }: EntranceProps) {
  return (
    <main className={styles["page"]}>
      <div className={styles["card"]}>
        <div className={styles["brand"]}>
          <StackLight counts={new Map()} />
          <div>
            <h1>{title}</h1>
            {lead ? <p>{lead}</p> : null}
          </div>
        </div>
        {children}
      </div>
    </main>
  );
}
