import { expect, test } from "vitest";
import type { FleetRowFragment } from "../api/generated/graphql";
import { cursorsOf, type FleetPage, rowsOf, withPage } from "./pages";

const row = (id: string) => ({ id }) as FleetRowFragment;
const page = (after: string | null, ...ids: string[]): FleetPage => ({
  after,
  rows: ids.map(row),
  end: ids.at(-1) ?? null,
  more: true,
});

test("a page that is asked again takes its old place", () => {
  const pages = [page(null, "a", "b"), page("b", "c", "d")];
  const fresh = withPage(pages, page(null, "a", "b2"));
  expect(fresh).toHaveLength(2);
  expect(rowsOf(fresh).map(({ id }) => id)).toEqual(["a", "b2", "c", "d"]);
});

test("an asset that slid over a page's edge is shown once", () => {
  expect(rowsOf([page(null, "a", "b"), page("b", "b", "c")]).map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test("only the pages in view are asked again", () => {
  const pages = [page(null, "a", "b"), page("b", "c", "d"), page("d", "e", "f")];
  expect(cursorsOf(pages, 0, 1)).toEqual([null]);
  expect(cursorsOf(pages, 1, 2)).toEqual([null, "b"]);
  expect(cursorsOf(pages, 4, 5)).toEqual(["d"]);
});
