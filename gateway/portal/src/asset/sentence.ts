import { plural, t } from "@lingui/core/macro";
import type { AlarmFactsFragment, AssetQuery } from "../api/generated/graphql";
import { ago, dateTime } from "../ui/format";

type AssetData = NonNullable<AssetQuery["asset"]>;
type Titled = { key: string; title: string };

/** Titles of signals joined as people do: "Lens temperature and galvo current". */
export function joined(keys: readonly string[], signals: readonly Titled[], most = 2): string {
  const titles = keys.slice(0, most).map((key) => signals.find((signal) => signal.key === key)?.title ?? key);
  const language = typeof navigator === "undefined" ? "en" : navigator.language;
  return new Intl.ListFormat(language, { type: "conjunction" }).format(titles);
}

/** Signals that carry most of the alarm: the strongest, and a second one that carries at least a quarter. */
export function carriers(top: AlarmFactsFragment["top"]): string[] {
  return top
    .filter(({ share }, place) => place === 0 || (place < 2 && share >= 0.25))
    .map(({ signal }) => signal);
}

/** How the asset is, in plain words. */
export function sentence(asset: AssetData, now: number): string {
  const { health, lastRowAt, missing } = asset.health;
  const signals = asset.contract.signals;
  switch (health) {
    case "ALARM":
      return alarmed(asset, now);
    case "SILENT":
      return lastRowAt
        ? t`No row since ${dateTime(lastRowAt)}: nothing can be said about this asset. Check its connection.`
        : t`No row has come yet. Check its connection.`;
    case "BLIND": {
      const lost = joined(missing, signals, 3);
      return t`Rows come, but essential signals are missing (${lost}), so no model can answer. Check these sensors.`;
    }
    case "NO_MODEL":
      return asset.history
        ? t`Readings are stored, but no model watches this asset yet. Train one.`
        : t`No model watches this asset yet, and no readings are stored.`;
    case "NORMAL": {
      const waits = asset.regimes.at(-1)?.recovery ?? "RECOVERED";
      if (waits !== "RECOVERED")
        return t`Its normal changed, and the model that answers does not know the new one yet.`;
      if (lastRowAt === null) return t`A model watches this asset; it waits for the first row.`;
      if (missing.length === 0) return t`Behaves as it did when it was learned.`;
      const lost = joined(missing, signals, 3);
      return plural(missing.length, {
        one: `Behaves as it did when it was learned, judged without ${lost}.`,
        other: `Behaves as it did when it was learned, judged without # signals (${lost}).`,
      });
    }
  }
}

function alarmed(asset: AssetData, now: number): string {
  const open = asset.alarms.edges.map(({ node }) => node).filter(({ state }) => state !== "CLEARED");
  const newest = open[0];
  const first = open.at(-1);
  if (!newest || !first) return t`Behaves unlike before.`;
  const names = joined(carriers(newest.top), asset.contract.signals);
  const since = ago(first.raisedAt, now);
  return carriers(newest.top).length > 1
    ? t`${names} behave unlike before; first warning ${since}.`
    : t`${names} behaves unlike before; first warning ${since}.`;
}
