from uuid import UUID

import pytest

from services.serving import model
from services.serving.errors import (
    AlreadyChampion,
    AlreadyShadow,
    NoChampion,
    NothingToUndo,
    NotThisAssets,
    ShadowNotFound,
    TooManyShadows,
)
from services.serving.model import Standing

A, B, C = (UUID(int=number) for number in (1, 2, 3))


def test_promotion_keeps_the_champion_before_and_takes_the_version_out_of_the_shadows() -> None:
    assert model.promote(Standing(), A) == Standing(A, None, frozenset())
    assert model.promote(Standing(A, None, frozenset({B, C})), B) == Standing(B, A, frozenset({C}))
    with pytest.raises(AlreadyChampion):
        model.promote(Standing(A), A)


def test_undo_and_its_undo() -> None:
    standing = Standing(B, A, frozenset({A, C}))
    assert model.undo(standing) == Standing(A, B, frozenset({C}))
    assert model.undo(model.undo(standing)) == Standing(B, A, frozenset({C}))
    with pytest.raises(NothingToUndo):
        model.undo(Standing(A))


def test_promotions_are_taken_back_only_where_they_still_hold() -> None:
    holds, changed, first, empty = (UUID(int=number) for number in (11, 12, 13, 14))
    standings = {
        holds: Standing(B, A, frozenset({A, C})),
        changed: Standing(C, B),
        first: Standing(B),
        empty: Standing(),
    }
    after, changed_since, first_champions = model.undo_promoted(standings, dict.fromkeys(standings, B))
    assert after == {holds: Standing(A, B, frozenset({C}))}
    assert changed_since == (changed, empty)
    assert first_champions == (first,)


def test_shadows() -> None:
    assert model.start_shadow(Standing(A), B) == Standing(A, None, frozenset({B}))
    with pytest.raises(NoChampion):
        model.start_shadow(Standing(), B)
    with pytest.raises(AlreadyChampion):
        model.start_shadow(Standing(A), A)
    with pytest.raises(AlreadyShadow):
        model.start_shadow(Standing(A, None, frozenset({B})), B)
    full = frozenset(UUID(int=100 + number) for number in range(model.SHADOWS_AT_MOST))
    with pytest.raises(TooManyShadows):
        model.start_shadow(Standing(A, None, full), B)
    assert model.stop_shadow(Standing(A, C, frozenset({B})), B) == Standing(A, C, frozenset())
    with pytest.raises(ShadowNotFound):
        model.stop_shadow(Standing(A), B)


def test_a_version_serves_its_own_asset_only() -> None:
    model.must_belong(A, A)
    with pytest.raises(NotThisAssets):
        model.must_belong(A, B)


def test_a_shadow_may_be_three_times_as_slow_and_a_tenth_of_a_second_is_quick() -> None:
    assert (model.latency(0.1, 0.001).slow, model.latency(0.101, 0.001).slow) == (False, True)
    assert (model.latency(0.6, 0.2).slow, model.latency(0.61, 0.2).limit_s) == (False, pytest.approx(0.6))
    assert model.latency(0.0025, 0.0012).sentence == (
        "rows wait 2.5 ms for its score and 1.2 ms for the champion's, within the limit of 100 ms"
    )
