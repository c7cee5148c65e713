import { useEffect } from "react";
import { useClient } from "urql";
import { ReportHandsOnDocument, type ReportHandsOnInput } from "../api/generated/graphql";
import { freshKey } from "../api/hooks";
import { Counter } from "./handsOn";

const TOUCHES = ["pointermove", "pointerdown", "keydown", "wheel", "scroll"] as const;
const REPORT_MS = 60_000;

/** One for all pages of machines that this tab shows: what is not sent when a page is left goes with the next report. */
const counter = new Counter();
/** What was sent and not answered: it goes again under the same key, so that it counts once. */
let unanswered: ReportHandsOnInput | null = null;

/** Counts how long somebody works on this machine, while the page is mounted and in front, and reports it. */
export function useHandsOn(assetId: string) {
  const client = useClient();
  useEffect(() => {
    const report = async () => {
      const input = unanswered ?? { spells: counter.take(Date.now()), idempotencyKey: freshKey() };
      if (input.spells.length === 0) return;
      unanswered = input;
      const { data } = await client.mutation(ReportHandsOnDocument, { input }).toPromise();
      if (data && unanswered === input) unanswered = null;
    };
    const touch = () => counter.touch(Date.now());
    for (const name of TOUCHES) window.addEventListener(name, touch, { passive: true, capture: true });
    const ticks = setInterval(() => {
      if (document.visibilityState === "visible") counter.tick(assetId, Date.now());
    }, 1000);
    const reports = setInterval(report, REPORT_MS);
    return () => {
      for (const name of TOUCHES) window.removeEventListener(name, touch, { capture: true });
      clearInterval(ticks);
      clearInterval(reports);
      void report();
    };
  }, [assetId, client]);
}
