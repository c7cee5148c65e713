import type { FleetRowFragment } from "../api/generated/graphql";

/** One page of the fleet as the server cut it; `after` asks for the same page again. */
export interface FleetPage {
  after: string | null;
  rows: readonly FleetRowFragment[];
  end: string | null;
  more: boolean;
}

/** A row that came again as it was stays the same object, so that nobody draws it again. */
function kept(
  old: readonly FleetRowFragment[],
  fresh: readonly FleetRowFragment[],
): readonly FleetRowFragment[] {
  const known = new Map(old.map((row) => [row.id, row]));
  return fresh.map((row) => {
    const before = known.get(row.id);
    return before && JSON.stringify(before) === JSON.stringify(row) ? before : row;
  });
}

/** `page` in the place of the one with the same cursor, or at the end. A refreshed page may have moved its end: the
 * pages behind it are kept until they are refreshed themselves, without the assets that are shown twice. */
export function withPage(pages: readonly FleetPage[], page: FleetPage): readonly FleetPage[] {
  const at = pages.findIndex(({ after }) => after === page.after);
  return at < 0
    ? [...pages, page]
    : pages.map((old, index) => (index === at ? { ...page, rows: kept(old.rows, page.rows) } : old));
}

export function rowsOf(pages: readonly FleetPage[]): readonly FleetRowFragment[] {
  const seen = new Set<string>();
  return pages
    .flatMap(({ rows }) => rows)
    .filter(({ id }) => {
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
}

/** Cursors of the pages that hold the rows from `first` to `last`. */
export function cursorsOf(
  pages: readonly FleetPage[],
  first: number,
  last: number,
): readonly (string | null)[] {
  let start = 0;
  const cursors: (string | null)[] = [];
  for (const { after, rows } of pages) {
    if (start <= last && start + rows.length > first) cursors.push(after);
    start += rows.length;
  }
  return cursors;
}
