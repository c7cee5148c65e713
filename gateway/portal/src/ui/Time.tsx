import { useEffect, useState } from "react";
import { ago, dateTime, utc } from "./format";

/** An instant in the browser's zone; hovering shows UTC. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {dateTime(at)}
    </time>
  );
}

/** "3 min ago", kept true while it is looked at; hovering shows the instant. */
export function Ago({ at }: { at: string }) {
  const now = useNow(5000);
  return (
    <time dateTime={at} title={`${dateTime(at)} · ${utc(at)}`}>
      {ago(at, now)}
    </time>
  );
}

/** The present, refreshed every `every` ms. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
