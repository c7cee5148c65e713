import { afterEach, expect, test, vi } from "vitest";
import { askTogether } from "./together";

const DAY = { from: 1_772_323_200, to: 1_772_409_600 };
const GONE = { code: "ASSET_NOT_FOUND", message: "It is gone.", field: null };

/** What was asked for, one entry a request; each is answered with a refusal. */
function asked(): string[][] {
  const requests: string[][] = [];
  vi.stubGlobal("document", { baseURI: "http://andon.example/" });
  vi.stubGlobal("fetch", (url: string) => {
    const query = new URL(url).searchParams;
    requests.push([query.get("asset") ?? "", query.get("px") ?? "", ...query.getAll("signal")]);
    return Promise.resolve(new Response(JSON.stringify(GONE), { status: 404 }));
  });
  return requests;
}

function chart(asset: string, signals: string[], px = 100, stop = new AbortController().signal) {
  return askTogether({ asset, signals, range: DAY, px }, stop);
}

afterEach(() => vi.unstubAllGlobals());

test("charts of an asset and a range share a request as wide as the widest, and each signal is named once", async () => {
  const requests = asked();
  const answers = await Promise.all([
    chart("a", ["power"]),
    chart("a", ["score", "power"], 300),
    chart("b", ["power"]),
  ]);
  expect(requests).toEqual([
    ["a", "300", "power", "score"],
    ["b", "100", "power"],
  ]);
  expect(answers).toEqual([{ problem: GONE }, { problem: GONE }, { problem: GONE }]);
});

test("a request names no more signals than the gateway takes", async () => {
  const requests = asked();
  const signals = Array.from({ length: 40 }, (_, number) => `s${number}`);
  await Promise.all(signals.map((signal) => chart("a", [signal])));
  expect(requests.map((names) => names.length - 2)).toEqual([32, 8]);
  expect(requests.flatMap((names) => names.slice(2))).toEqual(signals);
});

test("a chart that left before the request is not asked for", async () => {
  const requests = asked();
  const stop = new AbortController();
  void chart("a", ["power"], 100, stop.signal);
  stop.abort();
  await chart("a", ["flow"]);
  expect(requests).toEqual([["a", "100", "flow"]]);
});

test("the next moment is another request", async () => {
  const requests = asked();
  await chart("a", ["power"]);
  await chart("a", ["power"]);
  expect(requests).toHaveLength(2);
});
