import { Trans } from "@lingui/react/macro";
import { Button } from "../ui/Button";
import { count } from "../ui/format";
import { Notice } from "../ui/Status";
import { Time } from "../ui/Time";
import { FEWEST_ROWS, type Finding } from "./way";

/** What can be said of the dates now, one sentence each, with the next step. */
export function Findings({
  findings,
  onStart,
}: {
  findings: readonly Finding[];
  onStart: (start: string) => void;
}) {
  return (
    <>
      {findings.map((finding) => (
        <Said key={finding.kind} finding={finding} onStart={onStart} />
      ))}
    </>
  );
}

function Said({ finding, onStart }: { finding: Finding; onStart: (start: string) => void }) {
  switch (finding.kind) {
    case "empty":
      return (
        <Notice tone="alarm">
          <Trans>The end must lie after the start.</Trans>
        </Notice>
      );
    case "no_rows":
      return (
        <Notice tone="alarm">
          <Trans>No rows are stored between these dates. Choose others.</Trans>
        </Notice>
      );
    case "few_rows":
      return (
        <Notice tone="silent">
          <Trans>
            At most {count(finding.rows)} rows; fewer than {FEWEST_ROWS} seldom pass the gates. Choose a
            longer range, or wait for more rows.
          </Trans>
        </Notice>
      );
    case "other_regime":
      return (
        <Notice
          tone="silent"
          action={
            <Button small onPress={() => onStart(finding.start)}>
              <Trans>Start there</Trans>
            </Button>
          }
        >
          <Trans>
            The dates reach back before <Time at={finding.start} />, when the present regime began: the model
            would learn the old normal too.
          </Trans>
        </Notice>
      );
    case "fits":
      return (
        <Notice tone="good">
          <Trans>
            Up to {count(finding.rows)} rows of the present regime. The gates judge whether they are good
            enough.
          </Trans>
        </Notice>
      );
  }
}
