"""How shadows of a set stand, and what is said of all of them."""

from uuid import UUID

import numpy as np
import pytest
from hourly_scores import labels, run, values

from services.serving.contracts import ShadowLatency
from services.serving.model import latency
from services.verdicts import fleet
from services.verdicts.contracts import Advice, Compared, Judged, Outcome, ShadowStanding, Verdict
from services.verdicts.sequential import judge_each

WOLF = values(2400, *((start, start + 5) for start in range(20, 2000, 48)))
CALM = values(2400)


def stand(
    compared: Compared, stopped: dict[int, str] | None = None, took: ShadowLatency | None = None
) -> list[ShadowStanding]:
    known = [
        fleet.Known(UUID(int=i), UUID(int=100 + i), UUID(int=200 + i), (stopped or {}).get(i), took)
        for i in range(len(compared.by_asset.rows))
    ]
    return fleet.standings(known, compared.by_asset, compared.daily)


def silent(hours: int) -> np.ndarray:
    found = values(2400)
    found[:hours] = np.nan
    return found


@pytest.fixture(scope="module")
def compared() -> Compared:
    return run([WOLF, CALM, CALM, CALM[:960], WOLF, CALM], [CALM, WOLF, CALM, CALM[:960], CALM, silent(2400)])


def test_each_stands_for_itself(compared: Compared) -> None:
    found = stand(compared, {4: "It hangs."})
    assert [one.outcome for one in found] == [
        Outcome.BETTER, Outcome.WORSE, Outcome.EQUAL, Outcome.UNDECIDED, Outcome.STOPPED, Outcome.PRICED,
    ]  # fmt: skip
    assert [one.sentence for one in found] == [
        "42 false alarms fewer; enough to call it better.",
        "42 false alarms more; enough to call it worse.",
        "No difference so far; no better or worse.",
        f"No difference so far; about {found[3].judged.days_left} days more.",
        "The cluster stopped it: It hangs; 42 false alarms fewer; keep the champion.",
        "Gave no score in 100 % of its 2400 rows; look and decide.",
    ]
    assert (found[0].gain, found[0].false_champion, found[0].false_shadow, found[0].rows) == (42, 42, 0, 2400)
    assert [one.judged for one in found] == judge_each(compared.daily.net, compared.daily.seen)
    by_place = [one.outcome for one in sorted(found, key=lambda one: one.place)]
    assert by_place == list(Outcome)


def test_what_is_lost_by_promoting_wants_a_person(compared: Compared) -> None:
    slow = stand(compared, took=latency(0.5, 0.01))
    assert [one.outcome for one in slow[:3]] == [Outcome.PRICED, Outcome.WORSE, Outcome.PRICED]
    assert slow[0].sentence == (
        "42 false alarms fewer; rows wait 500 ms for its score and 10 ms for the champion's, beyond the limit of 100 "
        "ms; look and decide."
    )
    champion = WOLF.copy()
    champion[2000:2025] = 2.0
    lost = stand(run([champion], [CALM], labels([(0, 2024)])))
    assert (lost[0].judged.verdict, lost[0].lost, lost[0].outcome) == (Verdict.ENOUGH_BETTER, 1, Outcome.PRICED)


NOT_YET = Judged(Verdict.NOT_YET, 9, None, 12)


@pytest.mark.parametrize(
    ("counts", "judged", "advice", "sentence"),
    [
        (
            {Outcome.BETTER: 12, Outcome.EQUAL: 26, Outcome.WORSE: 1, Outcome.UNDECIDED: 1}, NOT_YET, Advice.PROMOTE,
            "38 of 40 agree or are better (12 better, 26 equal, 1 undecided, 1 worse): promote these 38?",
        ),
        (
            {Outcome.BETTER: 1, Outcome.WORSE: 9}, Judged(Verdict.ENOUGH_WORSE, 9, 9, None), Advice.LOOK,
            "1 of 10 agree or are better (1 better, 9 worse); together they are worse: look at the worst before you "
            "promote any.",
        ),
        (
            {Outcome.UNDECIDED: 3}, NOT_YET, Advice.WAIT,
            "0 of 3 agree or are better (3 undecided); not enough to tell: wait about 12 days more.",
        ),
        (
            {Outcome.PRICED: 1, Outcome.STOPPED: 1}, NOT_YET, Advice.LOOK,
            "0 of 2 agree or are better (1 at a price, 1 stopped by the cluster): look at those at a price and decide.",
        ),
        ({Outcome.WORSE: 2}, NOT_YET, Advice.KEEP, "0 of 2 agree or are better (2 worse): keep the champions."),
        ({Outcome.BETTER: 1}, NOT_YET, Advice.PROMOTE, "1 of 1 agree or are better (1 better): promote it?"),
    ],
)  # fmt: skip
def test_the_proposal_for_all(counts: dict[Outcome, int], judged: Judged, advice: Advice, sentence: str) -> None:
    assert fleet.proposal(counts, judged) == (advice, sentence)
