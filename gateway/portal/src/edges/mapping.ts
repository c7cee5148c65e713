import type {
  EdgeMappedAssetInput,
  EdgeMappingFactsFragment,
  MappableAssetFragment,
} from "../api/generated/graphql";

/** What is typed for one signal; an empty tag means that nothing feeds it. */
export interface DraftSignal {
  signal: string;
  tag: string;
  unit: string;
  scale: string;
  offset: string;
  /** Not on the screen; kept as it was. */
  rest: { deadBand: number; silenceS: number; holdS: number };
}

export interface DraftAsset {
  asset: MappableAssetFragment;
  signals: readonly DraftSignal[];
}

type Mapped = Omit<EdgeMappingFactsFragment["assets"][number]["signals"][number], "__typename">;

const PLAIN = { deadBand: 0, silenceS: 60, holdS: 0 };

/** One line for each signal of the machine's contract, with what feeds it. */
export function draftOf(asset: MappableAssetFragment, mapped: readonly Mapped[] = []): DraftAsset {
  const signals = asset.contract.signals.map(({ key }) => {
    const found = mapped.find(({ signal }) => signal === key);
    return {
      signal: key,
      tag: found?.tag ?? "",
      unit: found?.unit ?? "",
      scale: found && found.scale !== 1 ? String(found.scale) : "",
      offset: found && found.offset !== 0 ? String(found.offset) : "",
      rest: found ? { deadBand: found.deadBand, silenceS: found.silenceS, holdS: found.holdS } : PLAIN,
    };
  });
  return { asset, signals };
}

export function draftsOf(found: EdgeMappingFactsFragment): DraftAsset[] {
  return found.assets.map(({ asset, signals }) => draftOf(asset, signals));
}

export function withSignal(
  drafts: readonly DraftAsset[],
  assetId: string,
  signal: string,
  change: Partial<DraftSignal>,
): DraftAsset[] {
  return drafts.map((draft) =>
    draft.asset.id === assetId
      ? {
          ...draft,
          signals: draft.signals.map((each) => (each.signal === signal ? { ...each, ...change } : each)),
        }
      : draft,
  );
}

/** What is typed that is no number, as `asset signal`. */
export function mistakes(drafts: readonly DraftAsset[]): Set<string> {
  const wrong = drafts.flatMap(({ asset, signals }) =>
    signals
      .filter(({ scale, offset }) => !isNumber(scale) || !isNumber(offset) || Number(scale || 1) === 0)
      .map(({ signal }) => `${asset.id} ${signal}`),
  );
  return new Set(wrong);
}

function isNumber(text: string): boolean {
  return text.trim() === "" || Number.isFinite(Number(text));
}

/** Machines of which nothing is fed are left out. */
export function inputOf(drafts: readonly DraftAsset[]): EdgeMappedAssetInput[] {
  return drafts
    .map(({ asset, signals }) => ({
      assetId: asset.id,
      signals: signals
        .filter(({ tag }) => tag.trim() !== "")
        .map(({ signal, tag, unit, scale, offset, rest }) => ({
          signal,
          tag: tag.trim(),
          unit: unit.trim() || null,
          scale: Number(scale || 1),
          offset: Number(offset || 0),
          ...rest,
        })),
    }))
    .filter(({ signals }) => signals.length > 0);
}
