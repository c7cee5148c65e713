import { Trans, useLingui } from "@lingui/react/macro";
import { EndOtherSessionsDocument, EndSessionDocument, type SessionsQuery } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import type { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { browserOf } from "./browser";

type Session = SessionsQuery["sessions"][number];

interface Known {
  sessions: readonly Session[] | undefined;
  loading: boolean;
  problem: Problem | null;
  again: () => void;
}

/** Browsers in which somebody is signed in; each but the present one can be signed out. */
export function SessionList({ sessions, loading, problem, again }: Known) {
  const { t } = useLingui();
  const end = useAct(EndSessionDocument);
  const name = useBrowserName();

  return (
    <>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {end.problem ? <Failed problem={end.problem} /> : null}
      {loading ? <Skeleton lines={3} /> : null}
      {sessions?.length === 0 ? <Empty title={<Trans>Not signed in anywhere</Trans>} /> : null}
      {sessions?.length ? (
        <table aria-label={t`Signed-in browsers`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Browser</Trans>
              </th>
              <th scope="col">
                <Trans>Signed in</Trans>
              </th>
              <th scope="col">
                <Trans>Last seen</Trans>
              </th>
              <th scope="col">
                <span className="for-readers">
                  <Trans>Actions</Trans>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <tr key={session.id}>
                <td>
                  <span title={session.userAgent}>{name(session.userAgent)}</span>
                </td>
                <td>
                  <Time at={session.createdAt} />
                </td>
                <td>{session.current ? <Trans>this browser</Trans> : <Ago at={session.lastSeenAt} />}</td>
                <td className="number">
                  {session.current ? null : (
                    <Button
                      small
                      tone="danger"
                      aria-label={t`Sign out ${name(session.userAgent)}`}
                      onPress={() => void end.run({ sessionId: session.id }).then(again)}
                    >
                      <Trans>Sign out</Trans>
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}

/** Signs out every browser of a list but the present one; nothing where there is no other. */
export function EndOthers({
  sessions,
  memberId,
  again,
}: Pick<Known, "sessions" | "again"> & { memberId?: string }) {
  const end = useAct(EndOtherSessionsDocument);
  const others = sessions?.filter((session) => !session.current) ?? [];
  if (end.problem) return <Failed problem={end.problem} />;
  if (others.length === 0) return null;
  return (
    <Button
      small={!memberId}
      tone="danger"
      busy={end.busy}
      onPress={() => void end.run({ memberId: memberId ?? null }).then(again)}
    >
      {memberId ? <Trans>Sign out everywhere</Trans> : <Trans>Sign out all others</Trans>}
    </Button>
  );
}

function useBrowserName(): (userAgent: string) => string {
  const { t } = useLingui();
  return (userAgent) => {
    const { browser, system } = browserOf(userAgent);
    if (browser && system) return t`${browser} on ${system}`;
    return browser ?? system ?? (userAgent.slice(0, 40) || t`Unknown browser`);
  };
}
