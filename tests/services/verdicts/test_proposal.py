"""What is said in words, from the figures of made-up machines of 40 days or more."""

import numpy as np
import pytest
from hourly_scores import labels, run, values

from services.serving.contracts import ShadowLatency
from services.serving.model import latency
from services.verdicts.contracts import Advice, Compared, Judged, Proposal, Verdict
from services.verdicts.proposal import figures_of, propose, span


def proposed(
    compared: Compared,
    verdict: Verdict,
    left: int | None = None,
    stopped: str | None = None,
    took: ShadowLatency | None = None,
) -> Proposal:
    return propose(compared, figures_of(compared), Judged(verdict, 30, None, left), stopped, took)


def better() -> Compared:
    """Nine days earlier, two false alarms fewer, 3 % more rows unanswered."""
    shadow = values(960, (484, 490), (700, 725))
    shadow[800:829] = np.nan
    return run([values(960, (100, 105), (200, 205), (700, 725))], [shadow], labels([(0, 724)]))


def test_what_is_better_is_proposed_with_its_price():
    found = proposed(better(), Verdict.ENOUGH_BETTER)
    assert found.advice is Advice.PROMOTE
    assert found.sentence == (
        "Would have warned 9 days earlier before the failure of 2026-01-31; 2 false alarms fewer in 40 days; "
        "3 % more rows unanswered; enough to call it better (wrong at most 2.5 % of the time): promote?"
    )
    assert [(reason.code, dict(reason.facts)) for reason in found.reasons] == [
        ("warned_earlier", {"failure": 1, "date": "2026-01-31", "seconds": 777_600.0}),
        ("false_alarms_fewer", {"count": 2, "days": 40}),
        ("unanswered_more", {"percent": "3"}),
    ]


def test_not_enough_says_how_long():
    found = proposed(better(), Verdict.NOT_YET, left=12)
    assert (found.advice, found.sentence.split("; ")[-1]) == (
        Advice.WAIT, "not enough to tell: wait about 12 days more.",
    )  # fmt: skip
    assert proposed(better(), Verdict.NOT_YET).sentence.endswith("not enough to tell: wait.")


def test_a_lost_warning_or_many_rows_unanswered_want_a_person():
    lost = run([values(960, (700, 725))], [values(960)], labels([(0, 724)]))
    found = proposed(lost, Verdict.ENOUGH_BETTER)
    assert found.advice is Advice.LOOK
    assert found.reasons[0].sentence == (
        "would not have warned of the failure of 2026-01-31, of which the champion warned 23 hours ahead"
    )
    silent = values(960)
    silent[:100] = np.nan
    assert proposed(run([values(960)], [silent]), Verdict.ENOUGH_BETTER).advice is Advice.LOOK


def test_equal_and_worse_keep_the_champion():
    same = run([values(960)], [values(960)])
    assert proposed(same, Verdict.ENOUGH_EQUAL).sentence == (
        "No difference so far in warnings, false alarms or answers; no better or worse than by 2 false alarms or "
        "warnings in 30 days: keep the champion."
    )
    worse = run([values(960)], [values(960, (100, 105), (900, 905))])
    found = proposed(worse, Verdict.ENOUGH_WORSE)
    assert found.advice is Advice.KEEP
    assert [reason.sentence for reason in found.reasons] == [
        "1 false alarm more in 40 days",
        "1 alarm that a failure still may explain",
    ]


def test_equal_with_more_answers_is_worth_it():
    champion = values(960)
    champion[:100] = np.nan
    found = proposed(run([champion], [values(960)]), Verdict.ENOUGH_EQUAL)
    assert (found.advice, found.reasons[0].code) == (Advice.PROMOTE, "unanswered_less")


def test_one_that_was_stopped_is_not_proposed():
    found = proposed(better(), Verdict.ENOUGH_BETTER, stopped="It gave no numbers.")
    assert (found.advice, found.reasons[0].code) == (Advice.KEEP, "stopped")


def test_one_that_gives_no_score_is_told_plainly():
    found = proposed(run([values(960)], [np.full(960, np.nan)]), Verdict.NOT_YET)
    assert found.sentence == ("Gave no score in 100 % of the rows, the champion in 0 %; not enough to tell: wait.")
    assert dict(found.reasons[0].facts) == {"percent": "100", "champion": "0"}


def test_a_slow_one_wants_a_person():
    found = proposed(better(), Verdict.ENOUGH_BETTER, took=latency(0.25, 0.005))
    assert (found.advice, found.reasons[-1].code) == (Advice.LOOK, "slow")
    assert found.reasons[-1].sentence == (
        "rows wait 250 ms for its score and 5.0 ms for the champion's, beyond the limit of 100 ms"
    )
    assert dict(found.reasons[-1].facts) == {"shadow_ms": 250, "champion_ms": 5, "limit_ms": 100}
    assert proposed(better(), Verdict.ENOUGH_BETTER, took=latency(0.25, 0.09)).advice is Advice.PROMOTE


def test_without_rows_one_waits():
    none = run([values(0)], [values(0)])
    assert proposed(none, Verdict.NOT_YET).sentence == "No rows yet that both scored; wait."


def test_periods_have_no_warning_but_an_alarm():
    said = labels([], [(0, 200, 230, True)])
    found = proposed(run([values(960)], [values(960, (210, 215))], said), Verdict.NOT_YET)
    assert found.reasons[0].sentence == (
        "would have raised an alarm in the abnormal period of 2026-01-09, in which the champion did not"
    )


def test_figures_of_a_fleet_are_sums():
    found = figures_of(
        run(
            [values(960, (100, 105)), values(960, (700, 725))],
            [values(960), values(960, (500, 520), (700, 725))],
            labels([(1, 724)]),
        )
    )
    assert (found.targets, found.warned_champion, found.warned_shadow, found.gained, found.lost) == (1, 1, 1, 0, 0)
    assert found.earlier_s == 200 * 3600
    assert (found.false_champion, found.false_shadow) == (1, 0)
    assert found.false_rate_champion == pytest.approx(30 / (2 * 959 / 24))


def test_spans_as_a_person_says_them():
    assert [span(seconds) for seconds in (20, 60, 5400, 7200, 86_400, 777_600)] == [
        "0 minutes", "1 minute", "2 hours", "2 hours", "1 day", "9 days",
    ]  # fmt: skip
