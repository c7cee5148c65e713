import { type ReactNode, useId } from "react";
import { FieldError, Input, Label, Text, TextField } from "react-aria-components";
import styles from "./Field.module.css";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email" | "password" | "datetime-local" | "search";
  hint?: ReactNode;
  error?: string | null;
  required?: boolean;
  autoComplete?: string;
  name?: string;
  autoFocus?: boolean;
  step?: number;
  /** The label is read, and shown inside of the empty field. */
  hideLabel?: boolean;
  /** What was typed before elsewhere, to choose from; anything else may be typed. */
  suggestions?: readonly string[];
}

/** A labelled input; the error belongs to the field and is read with it. */
export function Field({
  label,
  value,
  onChange,
  type = "text",
  hint,
  error,
  required = false,
  ...rest
}: FieldProps) {
  const { step, hideLabel = false, suggestions = [], ...field } = rest;
  const list = useId();
  return (
    <TextField
      {...field}
      {...(hideLabel ? { "aria-label": label } : {})}
      className={styles["field"] ?? ""}
      value={value}
      onChange={onChange}
      type={type as "text"}
      isRequired={required}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
    >
      {hideLabel ? null : <Label>{label}</Label>}
      <Input
        className={styles["input"] ?? ""}
        {...(step ? { step } : {})}
        {...(suggestions.length > 0 ? { list } : {})}
        {...(hideLabel ? { placeholder: label } : {})}
      />
      {suggestions.length > 0 ? (
        <datalist id={list}>
          {suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      ) : null}
      {hint ? (
        <Text slot="description" className={styles["hint"] ?? ""}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={styles["error"] ?? ""}>{error}</FieldError>
    </TextField>
  );
}
