import { Trans, useLingui } from "@lingui/react/macro";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";
import type { FleetRowFragment } from "../api/generated/graphql";
import styles from "./Fleet.module.css";
import { FleetRow } from "./FleetRow";

const ROW = 44;

interface ListProps {
  rows: readonly FleetRowFragment[];
  total: number;
  chosen: ReadonlySet<string>;
  onChosen: ((keys: ReadonlySet<string>) => void) | null;
  onLook: (first: number, last: number) => void;
}

/** A table of which only the rows in view exist: ten thousand assets scroll like fifty. */
export function FleetList({ rows, total, chosen, onChosen, onLook }: ListProps) {
  const { t } = useLingui();
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onLook(first, last), [first, last, onLook]);

  const now = useRef({ chosen, onChosen });
  now.current = { chosen, onChosen };
  const toggle = useCallback((key: string) => {
    const next = new Set(now.current.chosen);
    if (!next.delete(key)) next.add(key);
    now.current.onChosen?.(next);
  }, []);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section ref={scroller} className={styles["scroller"]} tabIndex={0} aria-label={t`Assets, scrolled`}>
      <div role="table" aria-label={t`Assets`} aria-rowcount={total + 1}>
        <div role="rowgroup">
          <div className={`${styles["row"]} ${styles["headrow"]}`} role="row" aria-rowindex={1}>
            <span role="columnheader">
              <span className="for-readers">
                <Trans>Choose</Trans>
              </span>
            </span>
            <span role="columnheader">
              <Trans>State</Trans>
            </span>
            <span role="columnheader">
              <Trans>Asset</Trans>
            </span>
            <span role="columnheader">
              <Trans>Site and line</Trans>
            </span>
            <span role="columnheader">
              <Trans>Score (limit 1)</Trans>
            </span>
            <span role="columnheader">
              <Trans>Coverage</Trans>
            </span>
            <span role="columnheader">
              <Trans>Last row judged</Trans>
            </span>
            <span role="columnheader">
              <Trans>Champion</Trans>
            </span>
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {shown.map((item) => {
            const row = rows[item.index];
            return row ? (
              <FleetRow
                key={item.key}
                row={row}
                index={item.index + 2}
                top={item.start}
                chosen={chosen.has(row.key)}
                onToggle={onChosen ? toggle : null}
              />
            ) : null;
          })}
        </div>
      </div>
    </section>
  );
}
