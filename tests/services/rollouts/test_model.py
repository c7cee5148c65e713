from uuid import UUID

import pytest

from services.kernel.errors import DomainError
from services.rollouts import model
from services.rollouts.contracts import MOST_FAILING, SHARES, RolloutAssetState, RolloutState
from services.rollouts.errors import MostFailingInvalid, RolloutEnded, SharesInvalid


@pytest.mark.parametrize(
    ("count", "ends"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 2, 3)),
        (100, (1, 10, 100)),
        (150, (2, 15, 150)),
        (10_000, (100, 1_000, 10_000)),
    ],
)
def test_a_hundredth_then_a_tenth_then_all(count: int, ends: tuple[int, ...]) -> None:
    assert model.cohort_ends(count, SHARES) == ends


def test_a_share_is_not_rounded_up_by_how_numbers_are_kept() -> None:
    assert 0.07 * 100 > 7
    assert model.cohort_ends(100, (0.07, 1.0)) == (7, 100)


def test_the_order_is_stable_and_another_for_another_rollout() -> None:
    ids = [UUID(int=number) for number in range(1, 9)]
    first = model.in_order(UUID(int=100), ids)
    assert [each.int for each in first] == [3, 8, 2, 5, 1, 4, 7, 6]
    assert model.in_order(UUID(int=100), reversed(ids)) == first
    assert model.in_order(UUID(int=101), ids) != first
    assert set(model.in_order(UUID(int=101), ids)) == set(ids)


@pytest.mark.parametrize(
    ("shares", "most_failing", "error"),
    [
        ((), 0.2, SharesInvalid),
        ((0.1, 0.5), 0.2, SharesInvalid),
        ((0.5, 0.1, 1.0), 0.2, SharesInvalid),
        ((0.0, 1.0), 0.2, SharesInvalid),
        ((float("nan"), 1.0), 0.2, SharesInvalid),
        ((*(number / 100 for number in range(1, 21)), 1.0), 0.2, SharesInvalid),
        ((1.0,), 1.1, MostFailingInvalid),
        ((1.0,), float("nan"), MostFailingInvalid),
    ],
)
def test_rules_that_make_no_sense(shares: tuple[float, ...], most_failing: float, error: type[DomainError]) -> None:
    with pytest.raises(error):
        model.check_rules(shares, most_failing)
    model.check_rules(SHARES, MOST_FAILING)


@pytest.mark.parametrize(("failed", "stops"), [(0, False), (20, False), (21, True), (100, True)])
def test_the_stop_rule_holds_above_its_share(failed: int, stops: bool) -> None:
    assert (model.stopped_by_rule("cohort 1 of 3", 100, failed, 0.2) is not None) == stops


def test_the_stop_rule_says_its_numbers() -> None:
    assert model.stopped_by_rule("cohort 1 of 3", 10, 4, 0.2) == (
        "4 of the 10 assets of cohort 1 of 3 did not pass (40%); at most 20% may. "
        "Resume to promote the others and go on."
    )
    assert model.stopped_by_rule("cohort 1 of 1", 10, 0, 0.0) is None


def test_what_may_follow_what() -> None:
    legal = {(before, after) for before in RolloutState for after in RolloutState if after in model.LEGAL[before]}
    running, paused, done, cancelled, back = RolloutState
    assert legal == {
        (running, paused), (running, done), (running, cancelled), (running, back),
        (paused, running), (paused, cancelled), (paused, back), (done, back), (cancelled, back),
    }  # fmt: skip
    assert model.changes(running, paused)
    assert not model.changes(paused, paused)
    with pytest.raises(RolloutEnded, match="it was rolled back"):
        model.changes(back, running)


def test_sentences() -> None:
    states = [(RolloutAssetState.PROMOTED, 3), (RolloutAssetState.QUARANTINED, 1), (RolloutAssetState.PROMOTED, 5)]
    assert model.told(states) == "8 promoted, 1 quarantined"
    assert model.rolled_back("Ada", 8, 0, 0) == "Rolled back by Ada: 8 assets back to the champion before."
    assert model.rolled_back("Ada", 0, 1, 2) == (
        "Rolled back by Ada: 0 assets back to the champion before. 1 asset left alone, since the champion is another "
        "one by now. 2 assets left alone, since the version is the first champion."
    )
