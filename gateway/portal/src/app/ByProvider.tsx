import { Trans } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import type { Problem } from "../api/problem";
import { beginLogin, type Offered, offeredProviders } from "../api/session";
import { Button } from "../ui/Button";
import { Failed } from "../ui/Status";
import { useSettled } from "../ui/useSettled";
import styles from "./Entrance.module.css";
import { keepTenant } from "./lastTenant";

const SLUG = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;

/** A button for each provider of identity of the tenant that is typed; nothing where it has none. */
export function ByProvider({ tenant }: { tenant: string }) {
  const slug = useSettled(tenant, 300);
  const [offered, setOffered] = useState<readonly Offered[]>([]);
  const [going, setGoing] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    let wanted = true;
    setOffered([]);
    if (SLUG.test(slug)) void offeredProviders(slug).then((found) => wanted && setOffered(found));
    return () => {
      wanted = false;
    };
  }, [slug]);

  async function go(provider: string) {
    setGoing(provider);
    const answer = await beginLogin(slug, provider);
    if ("problem" in answer) {
      setGoing(null);
      setProblem(answer.problem);
      return;
    }
    keepTenant(slug);
    window.location.assign(answer.done.url);
  }

  if (offered.length === 0 || slug !== tenant) return null;
  return (
    <div className={styles["fields"]}>
      {problem ? <Failed problem={problem} /> : null}
      {offered.map(({ id, name }) => (
        <Button key={id} busy={going === id} onPress={() => void go(id)}>
          <Trans>Log in by {name}</Trans>
        </Button>
      ))}
    </div>
  );
}
