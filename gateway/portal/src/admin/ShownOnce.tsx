import { Trans } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Notice } from "../ui/Status";
import styles from "./Access.module.css";

/** A secret that cannot be shown again; a press selects all of it, where the page may not copy. */
export function ShownOnce({
  text,
  onClose,
  children,
}: {
  text: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={styles["form"]}>
      <Notice tone="act">{children}</Notice>
      <code className={styles["secret"]} data-testid="secret">
        {text}
      </code>
      <Actions>
        {window.isSecureContext ? (
          <Button onPress={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
            {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
          </Button>
        ) : null}
        <Button tone="main" onPress={onClose}>
          <Trans>I have kept it</Trans>
        </Button>
      </Actions>
    </div>
  );
}
