import { Trans, useLingui } from "@lingui/react/macro";
import { Choose } from "../ui/Choose";
import { Field } from "../ui/Field";
import { figure } from "../ui/format";
import { isFlag, numberOf, type Parameter, type Typed } from "./given";
import styles from "./Retrain.module.css";

interface ParameterFieldsProps {
  parameters: readonly Parameter[];
  typed: Typed;
  /** What the gateway says of a parameter, by `parameters.<key>`. */
  refused: { field: string | null; message: string } | null;
  onChange: (typed: Typed) => void;
}

/** The numbers of a blueprint, folded away: what they are set to is right for most. */
export function ParameterFields({ parameters, typed, refused, onChange }: ParameterFieldsProps) {
  if (parameters.length === 0) return null;
  return (
    <details className={styles["parameters"]} data-testid="parameters">
      <summary>
        <Trans>Change how it is trained</Trans>
      </summary>
      <div className={styles["numbers"]}>
        {parameters.map((parameter) => (
          <ParameterField
            key={parameter.key}
            parameter={parameter}
            text={typed[parameter.key]}
            refusal={refused?.field === `parameters.${parameter.key}` ? refused.message : null}
            onChange={(text) => onChange({ ...typed, [parameter.key]: text })}
          />
        ))}
      </div>
    </details>
  );
}

function ParameterField({
  parameter,
  text,
  refusal,
  onChange,
}: {
  parameter: Parameter;
  text: string | undefined;
  refusal: string | null;
  onChange: (text: string) => void;
}) {
  const { t } = useLingui();
  const [low, high] = [figure(parameter.low, 6), figure(parameter.high, 6)];
  const shown = text ?? String(parameter.default);
  if (isFlag(parameter))
    return (
      <div>
        <Choose
          label={parameter.title}
          value={Number(shown) === 1 ? "1" : "0"}
          choices={[
            { key: "1", text: t`Yes` },
            { key: "0", text: t`No` },
          ]}
          onChange={onChange}
        />
        {parameter.help ? <p className={styles["small"]}>{parameter.help}</p> : null}
        {refusal ? <p role="alert">{refusal}</p> : null}
      </div>
    );
  const range = parameter.whole
    ? t`A whole number from ${low} to ${high}`
    : t`A number from ${low} to ${high}`;
  return (
    <Field
      label={parameter.title}
      value={shown}
      onChange={onChange}
      hint={parameter.help ? `${parameter.help} · ${range}` : range}
      error={refusal ?? (numberOf(parameter, shown) === null ? t`${range}, please.` : null)}
    />
  );
}
