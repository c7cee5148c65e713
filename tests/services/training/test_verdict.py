from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.errors import Forbidden
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.suitability.contracts import Factor, Fitness, Range, Suitability
from services.training.contracts import JudgedFactor, RangeVerdict, StartRun
from services.training.errors import OverrideInvalid, RangeDoesNotFit
from services.training.verdict import check_verdict, verdict_from_json, verdict_to_json

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMMAND = StartRun("watch", (new_id(),), NOW - timedelta(days=2), NOW)
FACTOR = Factor("known_abnormal", Fitness.DOES_NOT_FIT, 0.4, 0.01, 0.1, False, "40 % of the rows are known faults.")
REFUSED = Suitability(Fitness.DOES_NOT_FIT, 2880, 1, (), (FACTOR,), Range(NOW - timedelta(days=1), NOW), Fitness.FITS)


def member(role: Role) -> Principal:
    return Principal(TenantId(new_id()), new_id(), "member", "Jo", RIGHTS[role], role)


@pytest.mark.parametrize("fitness", [Fitness.FITS, Fitness.WITH_CARE])
def test_what_fits_needs_no_reason(fitness: Fitness):
    assert check_verdict(member(Role.OPERATOR), COMMAND, replace(REFUSED, verdict=fitness)) is None
    assert check_verdict(member(Role.OPERATOR), COMMAND, None) is None


def test_what_does_not_fit_is_refused_with_the_factor_and_the_better_range():
    with pytest.raises(RangeDoesNotFit) as caught:
        check_verdict(member(Role.ADMIN), COMMAND, REFUSED)
    assert caught.value.facts == {
        "factor": "known_abnormal",
        "sentence": "40 % of the rows are known faults.",
        "betterStart": "2026-02-28T00:00:00+00:00",
        "betterEnd": "2026-03-01T00:00:00+00:00",
    }
    assert caught.value.field == "start"


def test_an_operator_may_not_override_and_an_engineer_may():
    reasoned = replace(COMMAND, override_reason="  The label is wrong. ")
    with pytest.raises(Forbidden):
        check_verdict(member(Role.OPERATOR), reasoned, REFUSED)
    assert check_verdict(member(Role.ENGINEER), reasoned, REFUSED) == "The label is wrong."
    assert check_verdict(member(Role.OPERATOR), reasoned, replace(REFUSED, verdict=Fitness.FITS)) is None


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_override_says_why(reason: str):
    with pytest.raises(OverrideInvalid):
        check_verdict(member(Role.ENGINEER), replace(COMMAND, override_reason=reason), REFUSED)


def test_a_verdict_is_kept_as_it_was():
    assert verdict_from_json(verdict_to_json(REFUSED)) == RangeVerdict(
        Fitness.DOES_NOT_FIT,
        2880,
        (JudgedFactor("known_abnormal", Fitness.DOES_NOT_FIT, 0.4, 0.01, 0.1, FACTOR.sentence),),
    )
