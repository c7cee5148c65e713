import { Trans, useLingui } from "@lingui/react/macro";
import { EdgeTagsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSettled } from "../ui/useSettled";
import styles from "./Edges.module.css";
import type { DraftAsset, DraftSignal } from "./mapping";

interface MappedMachineProps {
  draft: DraftAsset;
  edge: string;
  source: string;
  /** What is typed that is no number. */
  wrong: ReadonlySet<string>;
  onChange: (signal: string, change: Partial<DraftSignal>) => void;
  onRemove: () => void;
}

/** A line for each signal of a machine: its tag, the unit it comes in, and what is done to it. */
export function MappedMachine({ draft, edge, source, wrong, onChange, onRemove }: MappedMachineProps) {
  const { t } = useLingui();
  const may = useMay();
  const { asset, signals } = draft;
  return (
    <section className={styles["machine"]} aria-label={asset.title}>
      <div className={styles["line"]}>
        <h3>{asset.title}</h3>
        {may("EDIT_PLANT") ? (
          <Button small onPress={onRemove}>
            <Trans>Feed it no more</Trans>
          </Button>
        ) : null}
      </div>
      <table aria-label={t`Signals of ${asset.title}`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Signal</Trans>
            </th>
            <th scope="col">
              <Trans>Tag</Trans>
            </th>
            <th scope="col">
              <Trans>Unit it comes in</Trans>
            </th>
            <th scope="col">
              <Trans>Times</Trans>
            </th>
            <th scope="col">
              <Trans>Plus</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {signals.map((each) => {
            const agreed = asset.contract.signals.find(({ key }) => key === each.signal);
            const name = agreed?.title ?? each.signal;
            return (
              <tr key={each.signal}>
                <td>
                  {name}
                  <div className={styles["hint"]}>{each.signal}</div>
                </td>
                <td>
                  <TagField
                    label={t`Tag of ${name}`}
                    edge={edge}
                    source={source}
                    value={each.tag}
                    onChange={(tag) => onChange(each.signal, { tag })}
                  />
                </td>
                <td>
                  <Field
                    hideLabel
                    label={agreed?.unit ?? t`unit`}
                    value={each.unit}
                    onChange={(unit) => onChange(each.signal, { unit })}
                  />
                </td>
                <td>
                  <Field
                    hideLabel
                    label="1"
                    value={each.scale}
                    onChange={(scale) => onChange(each.signal, { scale })}
                    error={wrong.has(`${asset.id} ${each.signal}`) ? t`Numbers, and times is not 0.` : null}
                  />
                </td>
                <td>
                  <Field
                    hideLabel
                    label="0"
                    value={each.offset}
                    onChange={(offset) => onChange(each.signal, { offset })}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface TagFieldProps {
  label: string;
  edge: string;
  source: string;
  value: string;
  onChange: (value: string) => void;
}

/** The address of a tag, with those that were found to choose from. */
function TagField({ label, edge, source, value, onChange }: TagFieldProps) {
  const search = useSettled(value.trim(), 300);
  const asked = { edge, source, search, first: 20, after: null };
  const { data } = useAsked(EdgeTagsDocument, asked, 0, search === "");
  return (
    <Field
      hideLabel
      label={label}
      value={value}
      onChange={onChange}
      suggestions={data?.edgeTags.edges.map(({ node }) => node.address) ?? []}
    />
  );
}
