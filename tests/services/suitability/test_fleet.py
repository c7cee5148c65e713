import pytest

from services.kernel.ids import new_id
from services.suitability.contracts import Evidence, Factor, Fitness, Judged
from services.suitability.fleet import fleet_verdict, put_together

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
