import type { ReactNode } from "react";
import { Link, Button as Pressable, type ButtonProps as PressableProps } from "react-aria-components";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

type Tone = "plain" | "main" | "quiet" | "danger";

interface ButtonProps extends Omit<PressableProps, "children" | "className"> {
  tone?: Tone;
  icon?: IconName;
  small?: boolean;
  busy?: boolean;
  children: ReactNode;
}

/** One `main` button a view at most: the next step. A busy button keeps the focus and takes no press. */
export function Button({
  tone = "plain",
  icon,
  small = false,
  busy = false,
  children,
  ...rest
}: ButtonProps) {
  const deaf = busy ? ({ type: "button", onPress: () => undefined } as const) : null;
  return (
    <Pressable {...rest} {...deaf} className={classes(tone, small)} data-busy={busy || undefined}>
      {icon ? <Icon name={icon} size={small ? 14 : 16} /> : null}
      <span>{children}</span>
      {busy ? <span className={styles["busy"]} aria-hidden="true" /> : null}
    </Pressable>
  );
}

interface LinkButtonProps {
  href: string;
  tone?: Tone;
  icon?: IconName;
  small?: boolean;
  onPress?: () => void;
  children: ReactNode;
}

/** Looks like a button, and goes somewhere. */
export function LinkButton({ tone = "plain", icon, small = false, children, ...rest }: LinkButtonProps) {
  return (
    <Link {...rest} className={classes(tone, small)}>
      {icon ? <Icon name={icon} size={small ? 14 : 16} /> : null}
      <span>{children}</span>
    </Link>
  );
}

/** An icon alone, so `label` is what readers and the tooltip say. */
export function IconButton({
  icon,
  label,
  ...rest
}: { icon: IconName; label: string } & Omit<PressableProps, "children">) {
  return (
    <span title={label} className={styles["holder"]}>
      <Pressable {...rest} aria-label={label} className={`${styles["button"]} ${styles["icon"]}`}>
        <Icon name={icon} />
      </Pressable>
    </span>
  );
}

function classes(tone: Tone, small: boolean): string {
  return [styles["button"], styles[tone], small ? styles["small"] : ""].join(" ");
}
