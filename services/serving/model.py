"""Rules of deployments: pure functions over the present state of one asset."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.serving.contracts import ShadowLatency
from services.serving.errors import (
    AlreadyChampion,
    AlreadyShadow,
    NoChampion,
    NothingToUndo,
    NotThisAssets,
    ShadowNotFound,
    TooManyShadows,
)

SHADOWS_AT_MOST = 8
"""Each shadow scores every row of the asset once more."""
SLOWER_AT_MOST, QUICK_S = 3.0, 0.1
"""A shadow may take so many times as long as the champion, and whatever the champion takes, so long."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who serves an asset."""

    champion: UUID | None = None
    previous: UUID | None = None
    shadows: frozenset[UUID] = frozenset()


def latency(shadow_s: float, champion_s: float) -> ShadowLatency:
    """A shadow's time beside the champion's, held against what it may be."""
    limit_s = max(SLOWER_AT_MOST * champion_s, QUICK_S)
    verdict = "within" if shadow_s <= limit_s else "beyond"
    sentence = (
        f"rows wait {_ms(shadow_s)} for its score and {_ms(champion_s)} for the champion's, "
        f"{verdict} the limit of {_ms(limit_s)}"
    )
    return ShadowLatency(shadow_s, champion_s, limit_s, sentence)


def _ms(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"


def must_belong(asset_id: UUID, version_asset: UUID) -> None:
    """Raises `NotThisAssets` when a version was made for another asset."""
    if asset_id != version_asset:
        raise NotThisAssets(
            "This version was trained for another asset. Choose a version from this asset's own list.",
            asset_id=str(asset_id),
            version_asset_id=str(version_asset),
        )


def promote(standing: Standing, version: UUID) -> Standing:
    """The version answers from now on; the champion before is kept for undo. Raises `AlreadyChampion`."""
    if version == standing.champion:
        raise AlreadyChampion("This version is the champion already; nothing was changed.", version_id=str(version))
    return Standing(champion=version, previous=standing.champion, shadows=standing.shadows - {version})


def undo(standing: Standing) -> Standing:
    """The champion before answers again, and the two change places, so that undo can be undone. Raises
    `NothingToUndo`."""
    if standing.previous is None:
        raise NothingToUndo("There is no champion before the present one to go back to.")
    back = standing.previous
    return Standing(champion=back, previous=standing.champion, shadows=standing.shadows - {back})


def undo_promoted(
    standings: Mapping[UUID, Standing], promoted: Mapping[UUID, UUID]
) -> tuple[dict[UUID, Standing], tuple[UUID, ...], tuple[UUID, ...]]:
    """Takes back the promotions (asset → version) that still hold.

    Returns the new standing of each asset that goes back, the assets whose champion is another by now, and those
    that had no champion before.
    """
    holding = [asset_id for asset_id, version in promoted.items() if standings[asset_id].champion == version]
    after = {id_: undo(standings[id_]) for id_ in holding if standings[id_].previous is not None}
    changed_since = tuple(id_ for id_, version in promoted.items() if standings[id_].champion != version)
    return after, changed_since, tuple(id_ for id_ in holding if id_ not in after)


def start_shadow(standing: Standing, version: UUID) -> Standing:
    """The version scores along. Raises `NoChampion`, `AlreadyChampion`, `AlreadyShadow` or `TooManyShadows`."""
    if standing.champion is None:
        raise NoChampion("The asset has no champion to compare a shadow with. Promote a version first.")
    if version == standing.champion:
        raise AlreadyChampion("The champion cannot be its own shadow.", version_id=str(version))
    if version in standing.shadows:
        raise AlreadyShadow("This version is a shadow of the asset already.", version_id=str(version))
    if len(standing.shadows) >= SHADOWS_AT_MOST:
        raise TooManyShadows(
            f"An asset has at most {SHADOWS_AT_MOST} shadows. Stop one of them first.", limit=SHADOWS_AT_MOST
        )
    return Standing(standing.champion, standing.previous, standing.shadows | {version})


def stop_shadow(standing: Standing, version: UUID) -> Standing:
    """The version scores no more. Raises `ShadowNotFound`."""
    if version not in standing.shadows:
        raise ShadowNotFound("This version is no shadow of the asset.", version_id=str(version))
    return Standing(standing.champion, standing.previous, standing.shadows - {version})
