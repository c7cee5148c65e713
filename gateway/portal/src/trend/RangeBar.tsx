import { Trans, useLingui } from "@lingui/react/macro";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { Button } from "../ui/Button";
import { dateTime, zone } from "../ui/format";
import styles from "./Chart.module.css";
import { SPANS, type Span } from "./ranges";
import type { Range } from "./times";

interface RangeBarProps {
  span: Span | null;
  range: Range;
  onSpan: (span: Span) => void;
  onBack: (() => void) | null;
}

/** How far back all charts of the page look. */
export function RangeBar({ span, range, onSpan, onBack }: RangeBarProps) {
  const { t } = useLingui();
  const words: Record<Span, string> = {
    "1h": t`1 hour`,
    "6h": t`6 hours`,
    "1d": t`1 day`,
    "7d": t`7 days`,
    "30d": t`30 days`,
  };
  return (
    <div className={styles["ranges"]}>
      <ToggleButtonGroup
        className={styles["group"] ?? ""}
        aria-label={t`Show`}
        selectedKeys={span ? [span] : []}
        onSelectionChange={(keys) => {
          const next = [...keys][0];
          if (next) onSpan(next as Span);
        }}
      >
        {(Object.keys(SPANS) as Span[]).map((each) => (
          <ToggleButton key={each} id={each} className={styles["range"] ?? ""}>
            {words[each]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <span className={styles["unit"]}>
        {dateTime(new Date(range.from * 1000))} – {dateTime(new Date(range.to * 1000))} {zone()}
      </span>
      {onBack ? (
        <Button small icon="undo" onPress={onBack}>
          <Trans>Zoom out</Trans>
        </Button>
      ) : (
        <span className={styles["unit"]}>
          <Trans>Drag on a chart to look closer.</Trans>
        </span>
      )}
    </div>
  );
}
