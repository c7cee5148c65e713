import math

import pytest

from services.budgets.contracts import Budget, BudgetState, Quota
from services.budgets.errors import QuotaInvalid
from services.budgets.model import Bucket, check_quota, spent

QUOTA = Quota(10, 100)


def left(bucket: Bucket, now: float) -> int:
    return bucket.state(Budget.ROWS, now).remaining


def test_a_budget_that_was_left_alone_holds_its_burst_and_refills():
    bucket = Bucket(QUOTA)
    assert (left(bucket, 1000.0), bucket.wait(1000.0)) == (100, 0.0)
    bucket.take(100, 1000.0)
    assert (left(bucket, 1000.0), bucket.wait(1000.0)) == (0, 0.1)
    assert (left(bucket, 1000.1), bucket.wait(1000.1)) == (1, 0.0)
    assert left(bucket, 1005.0) == 50
    assert left(bucket, 9999.0) == 100


def test_what_goes_below_zero_is_waited_for_by_the_next():
    bucket = Bucket(QUOTA)
    bucket.take(350, 0.0)
    assert bucket.state(Budget.ROWS, 0.0) == BudgetState(Budget.ROWS, QUOTA, 0, 35.0)
    assert bucket.wait(0.0) == pytest.approx(25.1)
    assert bucket.wait(25.2) == 0.0


def test_a_steady_caller_at_the_rate_is_never_refused():
    bucket, now = Bucket(Quota(3, 1)), 0.0
    for _ in range(1000):
        assert bucket.wait(now) == 0.0
        bucket.take(1, now)
        now += 1 / 3


def test_processes_that_tell_each_other_admit_together_what_one_would():
    known = 0.0  # as the database keeps it, at one moment
    buckets = [Bucket(QUOTA), Bucket(QUOTA)]
    for bucket in buckets:
        bucket.take(40, 50.0)
        known += bucket.tell(50.0)
    for bucket in buckets:
        bucket.hear(known, QUOTA, 50.0)
        assert left(bucket, 50.0) == 20


def test_what_is_taken_while_it_is_told_is_told_the_next_time():
    bucket = Bucket(QUOTA)
    bucket.take(10, 0.0)
    assert bucket.tell(0.0) == 1.0
    bucket.take(20, 0.0)
    bucket.hear(1.0, QUOTA, 0.0)
    assert left(bucket, 0.0) == 70
    assert bucket.tell(0.0) == 2.0


def test_what_has_come_back_needs_no_telling():
    bucket = Bucket(QUOTA)
    bucket.take(50, 0.0)
    assert (bucket.worth_telling(0.5), bucket.worth_telling(0.51)) == (True, False)
    assert bucket.tell(4.0) == 1.0
    bucket.take(50, 100.0)
    assert bucket.tell(200.0) == 0.0


def test_a_new_quota_holds_from_the_next_exchange():
    bucket = Bucket(QUOTA)
    bucket.take(100, 0.0)
    bucket.hear(bucket.tell(0.0), Quota(100, 2000), 0.0)
    assert left(bucket, 0.0) == 1000


@pytest.mark.parametrize("quota", [Quota(0, 1), Quota(-1, 1), Quota(math.nan, 1), Quota(math.inf, 1), Quota(1, 0)])
def test_quotas_that_could_never_be_met_are_refused(quota):
    with pytest.raises(QuotaInvalid):
        check_quota(quota)
    assert check_quota(QUOTA) is QUOTA


def test_a_refusal_says_what_why_and_when():
    refusal = spent(Budget.COST, Quota(2.5, 100), 3.2)
    assert refusal.message == (
        "Your tenant's budget of query cost is used up: 2.5 a second, 100 at once. Nothing was done; "
        "send the same again in 4 s. The platform operator can set a larger quota."
    )
    assert (refusal.code, refusal.retry_after) == ("BUDGET_SPENT", 3.2)
    assert refusal.facts == {"budget": "cost", "per_second": 2.5, "burst": 100, "seconds": 4}
