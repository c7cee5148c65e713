import { describe, expect, test } from "vitest";
import { defaultDates, judge, open, type RetrainAsset, setsOut, stateOf, UNTROD, wayOf } from "./way";

const EVENT = {
  __typename: "Event" as const,
  id: "e1",
  kind: "PART_REPLACED" as const,
  time: "2026-03-01T00:00:00Z",
  note: "",
  part: "Scanner",
  recordedBy: "Jo",
  recordedAt: "2026-03-01T01:00:00Z",
  retractedAt: null,
  retractedBy: null,
  end: null,
  beginsRegime: true,
  source: "PORTAL" as const,
  revisions: [],
};

interface Sketch {
  event?: boolean;
  run?: { state: string; createdAt: string };
  made?: boolean;
  shadow?: boolean;
  champion?: string;
}

/** An asset with only what the way is read from. */
function asset({ event = false, run, made = false, shadow = false, champion = "v1" }: Sketch): RetrainAsset {
  return {
    contract: { periodS: 60 },
    events: event ? [EVENT] : [],
    regimes: [{ start: event ? EVENT.time : null, end: null }],
    history: { first: "2026-02-01T00:00:00Z", last: "2026-03-03T00:00:00Z" },
    runs: { edges: run ? [{ node: { id: "r1", gates: [{}], ...run } }] : [] },
    versions: { edges: made ? [{ node: { id: "v2", number: 2, lineage: { run: { id: "r1" } } } }] : [] },
    deployment: { champion: { id: champion, number: 1 }, shadows: shadow ? [{ version: { id: "v2" } }] : [] },
  } as unknown as RetrainAsset;
}

const AFTER = "2026-03-02T00:00:00Z";

describe("the step that waits for a person", () => {
  test.each([
    ["event", {}],
    ["dates", { event: true }],
    ["dates", { event: true, run: { state: "SUCCEEDED", createdAt: "2026-02-20T00:00:00Z" }, made: true }],
    ["train", { event: true, run: { state: "TRAINING", createdAt: AFTER } }],
    ["train", { event: true, run: { state: "FAILED", createdAt: AFTER } }],
    ["gates", { event: true, run: { state: "STOPPED", createdAt: AFTER } }],
    ["watch", { event: true, run: { state: "SUCCEEDED", createdAt: AFTER }, made: true, shadow: true }],
    [null, { event: true, run: { state: "SUCCEEDED", createdAt: AFTER }, made: true, champion: "v2" }],
  ] as const)("%s", (step, sketch) => {
    expect(wayOf(asset(sketch)).here).toBe(step);
  });
});

test("a retracted event opens no way", () => {
  const it = asset({ event: true });
  it.events = [{ ...EVENT, retractedAt: AFTER }];
  expect(wayOf(it).here).toBe("event");
});

test("a version waits in the shadow: all before is done, promoting may be opened", () => {
  const way = wayOf(
    asset({ event: true, run: { state: "SUCCEEDED", createdAt: AFTER }, made: true, shadow: true }),
  );
  expect(stateOf("gates", way)).toBe("done");
  expect(stateOf("watch", way)).toBe("here");
  expect(stateOf("promote", way)).toBe("ahead");
  expect(open("promote", way)).toBe(true);
  expect(way.candidate).toEqual({ id: "v2", number: 2 });
});

test("a way walked to its end is set out on anew from its first steps only", () => {
  expect(([undefined, "event", "dates", "train", "gates", "watch", "promote"] as const).map(setsOut)).toEqual(
    [true, true, true, false, false, false, false],
  );
  expect(stateOf("event", UNTROD)).toBe("here");
  expect(open("gates", UNTROD)).toBe(false);
});

test("undoing a promotion leads back to the shadow", () => {
  const walked = { event: true, run: { state: "SUCCEEDED", createdAt: AFTER }, made: true };
  expect(wayOf(asset({ ...walked, champion: "v2" })).promoted).toBe(true);
  expect(wayOf(asset(walked)).here).toBe("watch");
});

test("dates start where the present regime does", () => {
  expect(defaultDates(asset({ event: true }))).toEqual({
    from: "2026-03-01T00:00:00.000Z",
    to: "2026-03-03T00:00:00.000Z",
  });
  expect(defaultDates(asset({}))).toEqual({
    from: "2026-02-24T00:00:00.000Z",
    to: "2026-03-03T00:00:00.000Z",
  });
});

describe("what is said of dates without asking", () => {
  const it = asset({ event: true });
  test.each([
    [null, "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z"],
    ["empty", "2026-03-03T00:00:00Z", "2026-03-01T00:00:00Z"],
    ["no_rows", "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"],
  ])("%j", (finding, from, to) => {
    expect(judge(it, { from, to })).toEqual(finding);
  });
});
