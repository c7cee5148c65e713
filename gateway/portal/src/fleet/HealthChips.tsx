import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import type { Health } from "../api/generated/graphql";
import { count } from "../ui/format";
import { HEALTHS, HealthMark } from "../ui/Health";
import styles from "./Fleet.module.css";

interface ChipsProps {
  counts: ReadonlyMap<Health, number>;
  all: number;
  chosen: Health | null;
  onChoose: (health: Health | null) => void;
}

/** How many assets are in each state; pressing one shows only these. */
export function HealthChips({ counts, all, chosen, onChoose }: ChipsProps) {
  const { t } = useLingui();
  return (
    <ToggleButtonGroup
      className={styles["chips"] ?? ""}
      aria-label={t`Show only one state`}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen ?? "ALL"]}
      onSelectionChange={(keys) => onChoose(HEALTHS.find((health) => keys.has(health)) ?? null)}
    >
      <Chip id="ALL" assets={all}>
        <Trans>All</Trans>
      </Chip>
      {HEALTHS.map((health) => (
        <Chip key={health} id={health} assets={counts.get(health) ?? 0}>
          {(counts.get(health) ?? 0) > 0 ? <HealthMark health={health} /> : <Quiet health={health} />}
        </Chip>
      ))}
    </ToggleButtonGroup>
  );
}

/** A state that no asset is in has no colour. */
function Quiet({ health }: { health: Health }) {
  return (
    <span className={styles["quiet"]}>
      <HealthMark health={health} />
    </span>
  );
}

function Chip({ id, assets, children }: { id: string; assets: number; children: ReactNode }) {
  return (
    <ToggleButton id={id} className={styles["chip"] ?? ""}>
      {children}
      <span className={styles["many"]}>{count(assets)}</span>
    </ToggleButton>
  );
}
