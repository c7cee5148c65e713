import {
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Button as Pressable,
  Select,
  SelectValue,
} from "react-aria-components";
import styles from "./Field.module.css";

export interface Choice<Key extends string> {
  key: Key;
  text: string;
}

interface ChooseProps<Key extends string> {
  label: string;
  value: Key | null;
  choices: readonly Choice<Key>[];
  onChange: (key: Key) => void;
  hideLabel?: boolean;
  isDisabled?: boolean;
}

/** One of a few. */
export function Choose<Key extends string>(props: ChooseProps<Key>) {
  const { label, value, choices, onChange, hideLabel = false, isDisabled = false } = props;
  return (
    <Select
      className={styles["field"] ?? ""}
      selectedKey={value}
      onSelectionChange={(key) => onChange(key as Key)}
      isDisabled={isDisabled}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {hideLabel ? null : <Label>{label}</Label>}
      <Pressable className={`${styles["input"]} ${styles["select"]}`}>
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Pressable>
      <Popover className={styles["popover"] ?? ""}>
        <ListBox items={choices} className={styles["list"] ?? ""}>
          {(choice) => (
            <ListBoxItem id={choice.key} className={styles["option"] ?? ""} textValue={choice.text}>
              {choice.text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
