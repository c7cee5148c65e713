import { Trans, useLingui } from "@lingui/react/macro";
import { RolloutOwnAssetsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Button, IconButton } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { Field } from "../ui/Field";
import { useSettled } from "../ui/useSettled";
import styles from "./Rollouts.module.css";

/** A parameter that one asset is to have instead, as it is typed. */
export interface Own {
  id: number;
  asset: string;
  key: string;
  value: string;
}

export interface Override {
  assetId: string;
  parameters: { key: string; value: number }[];
}

/** The lines as the server takes them, or null while one of them names no asset or no number. */
export function useOverrides(owns: readonly Own[]) {
  const keys = useSettled(owns.map(({ asset }) => asset.trim()).join("\n"), 250);
  const asked = [...new Set(keys.split("\n").filter(Boolean))];
  const { data } = useAsked(RolloutOwnAssetsDocument, { keys: asked }, 0, asked.length === 0);
  const ids = new Map((data?.assetsByKeys ?? []).map(({ id, key }) => [key, id]));
  const unknown = new Set(data ? asked.filter((key) => !ids.has(key)) : []);
  const overrides = owns.map(({ asset, key, value }): Override | null => {
    const assetId = ids.get(asset.trim());
    const number = value.trim() === "" ? Number.NaN : Number(value);
    return assetId && Number.isFinite(number) ? { assetId, parameters: [{ key, value: number }] } : null;
  });
  const whole = overrides.filter((each) => each !== null);
  return { unknown, overrides: whole.length === owns.length ? whole : null };
}

interface OwnParametersProps {
  owns: readonly Own[];
  /** Keys that no asset has. */
  unknown: ReadonlySet<string>;
  parameters: readonly { key: string; title: string }[];
  onChange: (owns: readonly Own[]) => void;
}

/** A line for each parameter of a single asset; most rollouts have none. */
export function OwnParameters({ owns, unknown, parameters, onChange }: OwnParametersProps) {
  const { t } = useLingui();
  const first = parameters[0]?.key;
  if (first === undefined) return null;
  const change = (id: number, part: Partial<Own>) =>
    onChange(owns.map((own) => (own.id === id ? { ...own, ...part } : own)));
  const next = Math.max(0, ...owns.map(({ id }) => id)) + 1;
  return (
    <fieldset className={styles["owns"]}>
      <legend>
        <Trans>Parameters of single assets</Trans>
      </legend>
      {owns.map((own) => (
        <div key={own.id} className={styles["own"]}>
          <Field
            label={t`Key of the asset`}
            value={own.asset}
            onChange={(asset) => change(own.id, { asset })}
            error={unknown.has(own.asset.trim()) ? t`No asset has this key.` : null}
          />
          <Choose
            label={t`Parameter`}
            value={own.key}
            choices={parameters.map(({ key, title }) => ({ key, text: title }))}
            onChange={(key) => change(own.id, { key })}
          />
          <Field label={t`Value`} value={own.value} onChange={(value) => change(own.id, { value })} />
          <IconButton
            icon="close"
            label={t`Take this line away`}
            onPress={() => onChange(owns.filter(({ id }) => id !== own.id))}
          />
        </div>
      ))}
      <Button
        small
        icon="plus"
        onPress={() => onChange([...owns, { id: next, asset: "", key: first, value: "" }])}
      >
        <Trans>Add one</Trans>
      </Button>
    </fieldset>
  );
}
