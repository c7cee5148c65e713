import numpy as np
import pytest

from services.serving.cluster.layout import Change, owner, owners

ASSETS = [f"asset-{number}" for number in range(10_000)]


def test_an_asset_has_the_same_scorer_everywhere_and_always() -> None:
    assert [owner(f"asset-{number}", 4) for number in range(8)] == [2, 0, 0, 3, 2, 2, 2, 1]


@pytest.mark.parametrize("scorers", [1, 2, 3, 8])
def test_each_scorer_has_its_share(scorers: int) -> None:
    counts = np.bincount(owners(ASSETS, scorers), minlength=scorers)
    assert len(counts) == scorers
    assert counts.min() > 0.9 * len(ASSETS) / scorers
    assert counts.max() < 1.1 * len(ASSETS) / scorers


@pytest.mark.parametrize("scorers", [1, 2, 3, 7])
def test_one_more_scorer_takes_its_share_and_moves_nothing_else(scorers: int) -> None:
    before, after = owners(ASSETS, scorers), owners(ASSETS, scorers + 1)
    moved = before != after
    assert set(after[moved]) == {scorers}
    assert abs(moved.mean() - 1 / (scorers + 1)) < 0.02


def test_a_change_is_read_as_it_was_written() -> None:
    assert Change.decode(Change(2, 3).encode()) == Change(2, 3)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"before": 0, "after": 1}', b'{"before": 1, "after": "x"}'])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Change.decode(data)
