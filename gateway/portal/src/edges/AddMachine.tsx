import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type MappableAssetFragment, MappableAssetsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSettled } from "../ui/useSettled";
import styles from "./Edges.module.css";

interface AddMachineProps {
  /** Ids of machines that are there already. */
  taken: readonly string[];
  onAdd: (asset: MappableAssetFragment) => void;
}

/** Chooses a machine by key or title. */
export function AddMachine({ taken, onAdd }: AddMachineProps) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const search = useSettled(typed.trim(), 300);
  const { data } = useAsked(MappableAssetsDocument, { search }, 0, search === "");
  const found = data?.assets.edges.map(({ node }) => node).filter(({ id }) => !taken.includes(id)) ?? [];
  const asset = found.find(({ key, title }) => key === typed.trim() || title === typed.trim());
  return (
    <div className={styles["line"]}>
      <Field
        label={t`Machine`}
        hint={t`Its key or title.`}
        type="search"
        value={typed}
        onChange={setTyped}
        suggestions={found.map(({ key }) => key)}
      />
      <Button
        isDisabled={!asset}
        onPress={() => {
          if (!asset) return;
          onAdd(asset);
          setTyped("");
        }}
      >
        <Trans>Add the machine</Trans>
      </Button>
    </div>
  );
}
