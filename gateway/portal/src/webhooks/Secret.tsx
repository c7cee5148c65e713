import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Dialog";
import { Notice } from "../ui/Status";
import styles from "./Webhooks.module.css";

/** A secret, shown this once. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={styles["form"]}>
      <Notice tone="act">
        <Trans>
          Copy the secret now: the receiver checks with it that news is ours. It cannot be shown again.
        </Trans>
      </Notice>
      <code className={styles["secret"]} data-testid="secret">
        {secret}
      </code>
      <Actions>
        <Button onPress={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
          {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
        </Button>
        <Button tone="main" onPress={onClose}>
          <Trans>I have kept it</Trans>
        </Button>
      </Actions>
    </div>
  );
}
