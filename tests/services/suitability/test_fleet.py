import pytest

from services.kernel.ids import new_id
from services.suitability.contracts import Evidence, Factor, Fitness, Judged
from services.suitability.fleet import fitting, fleet_verdict, put_together

FITS, CARE, NOT = Fitness


def judged(verdict: Fitness, value: float) -> Judged:
    factor = Factor("gaps", verdict, value, 0.1, None, False, f"{value}", {}, (Evidence(0, 1),))
    return Judged(0, 1_000_000, 10, verdict, (factor,), None)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], NOT),
        ([FITS] * 10, FITS),
        ([FITS] * 9 + [CARE], CARE),
        ([FITS] * 9 + [NOT], CARE),
        ([FITS] * 8 + [NOT] * 2, NOT),
        ([NOT], NOT),
    ],
)
def test_one_in_ten_may_fail(verdicts: list[Fitness], expected: Fitness):
    assert fleet_verdict(verdicts) is expected


def test_a_fleet_shows_each_factor_as_the_worst_asset_has_it():
    ids = [new_id() for _ in range(3)]
    one = put_together(
        7, list(zip(ids, [judged(FITS, 0.01), judged(CARE, 0.4), judged(CARE, 0.2)], strict=True)), [], []
    )
    assert (one.asked, one.rows, one.verdict, one.better) == (7, 30, CARE, None)
    assert [(factor.value, factor.evidence) for factor in one.factors] == [(0.4, ())]
    assert one.assets[-1].asset_id == ids[0]


def test_those_that_fit_are_told_from_those_that_do_not():
    ids = [new_id() for _ in range(3)]
    whole = put_together(
        5, list(zip(ids, [judged(FITS, 0.01), judged(NOT, 0.4), judged(CARE, 0.2)], strict=True)), [], []
    )
    found = fitting(whole, [*ids, new_id(), new_id()])
    assert (whole.verdict, found.unfit) == (NOT, {ids[1]: "0.4"})
    assert found.judged is not None
    assert (found.judged.verdict, found.judged.asked, found.judged.rows) == (CARE, 4, 20)
    assert [one.asset_id for one in found.judged.assets] == [ids[2], ids[0]]
    assert [factor.value for factor in found.judged.factors] == [0.2]


def test_where_none_fits_that_was_looked_at_the_others_do_not_either():
    seen, unseen = new_id(), new_id()
    found = fitting(put_together(2, [(seen, judged(NOT, 0.4))], [], []), [seen, unseen])
    assert found.judged is None
    assert found.unfit == {seen: "0.4", unseen: "None of the 1 assets that were looked at fits, such as one: 0.4"}


def test_a_fleet_that_fits_is_left_as_it_was_judged():
    whole = put_together(1, [(seen := new_id(), judged(FITS, 0.01))], [], [])
    assert fitting(whole, [seen]).judged is whole
