"""Each gate by itself: value, limit, sentence."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from andon_sdk.plugin import Gate as PluginGate
from services.training import gates
from services.training.cluster.messages import Answer, Measured
from services.training.contracts import Gate

ASSET = UUID(int=1)
GOOD = Measured(
    rows=400,
    range_rows=4000,
    known=16,
    answered_share=0.97,
    false_alarm_share=0.01,
    power=0.9,
    baseline_power=0.8,
    loss_main=0.1,
    loss_fallback=0.2,
    sensor_false_alarm_share=0.05,
    sensor_answered_share=0.97,
    sensor_expected_loss=0.12,
    champion_power=0.88,
    champion_false_alarm_share=0.0,
    smooth_rows=15,
    sensor_losses=20,
    reference_power=0.85,
    reference_false_alarm_share=0.0,
    old_rows=300,
    old_power=0.86,
    old_false_alarm_share=0.02,
    champion_old_power=0.88,
    champion_old_false_alarm_share=0.0,
    replayed_rows=32,
)
ORDER = [
    "contract",
    "environment",
    "held_out",
    "reference",
    "not_worse",
    "old_ground",
    "sensor_loss",
    "latency",
    "replay",
]


def judge(measured: Measured, latency_ms: float = 3.0, **told: Any) -> list[Gate]:
    return gates.judge(gates.Told(ASSET, measured, latency_ms, **told))


def test_a_good_version_passes_all_in_order() -> None:
    judged = judge(GOOD)
    assert [gate.key for gate in judged] == ORDER == list(gates.TITLES)
    assert all(gate.passed and gate.sentence.endswith(".") for gate in judged)
    assert [(gate.value, gate.limit) for gate in judged] == [
        (0.97, 0.5),
        (0.0, 0.0),
        (0.9, pytest.approx(0.64)),
        (0.9, pytest.approx(0.65)),
        (pytest.approx(0.891), pytest.approx(0.83)),
        (0.86, pytest.approx(0.83)),
        (0.05, pytest.approx(0.4174, abs=1e-4)),
        (3.0, 250.0),
        (0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("change", "key", "value", "limit", "words"),
    [
        ({"answered_share": 0.4, "sensor_answered_share": 0.4}, "contract", 0.4, 0.5, "40% of the held-out rows"),
        (
            {"false_alarm_share": 0.2, "champion_power": None, "reference_power": None},
            "held_out",
            0.2,
            0.1194,
            "20.0% of the newest rows, which it never saw",
        ),
        (
            {"power": 0.5, "champion_power": None, "reference_power": None},
            "held_out",
            0.5,
            0.64,
            "It does not notice when one signal shifts",
        ),
        (
            {"reference_power": 1.0, "power": 0.79, "champion_power": None},
            "reference",
            0.79,
            0.8,
            "A plain PCA reference notices shifts better",
        ),
        ({"old_power": 0.8}, "old_ground", 0.8, 0.83, "worse than the champion: power 0.80 against 0.88."),
        (
            {"old_false_alarm_share": 0.2},
            "old_ground",
            0.2,
            0.1302,
            "20.0% of the rows that calibrated the champion are called abnormal; at most 13.0% of so many may be.",
        ),
        (
            {"power": 0.7, "reference_power": 0.7},
            "not_worse",
            0.693,
            0.83,
            "worse than the champion: quality 0.69 against 0.88",
        ),
        ({"sensor_false_alarm_share": 0.5}, "sensor_loss", 0.5, 0.4174, "at worst 50.0% of the rows"),
        ({"sensor_answered_share": 0.9}, "sensor_loss", 0.07, 0.0, "7.0% of the rows got no answer"),
        ({"replayed_otherwise": 2}, "replay", 2.0, 0.0, "2 of 32 recorded rows get another answer"),
    ],
)
def test_one_fault_stops_at_one_gate(change: dict[str, Any], key: str, value: float, limit: float, words: str) -> None:
    stopped = [gate for gate in judge(replace(GOOD, **change)) if not gate.passed]
    assert [(gate.key, gate.value, gate.limit) for gate in stopped] == [
        (key, pytest.approx(value), pytest.approx(limit, abs=1e-4))
    ]
    assert words in stopped[0].sentence


def test_slow_scoring_is_stopped() -> None:
    assert [gate.key for gate in judge(GOOD, 300.0) if not gate.passed] == ["latency"]


def test_a_first_version_has_no_champion_to_beat() -> None:
    gate = gates.not_worse(ASSET, replace(GOOD, champion_power=None, champion_false_alarm_share=None))
    assert (gate.passed, gate.limit, gate.sentence) == (True, None, "There is no champion to compare with.")


@pytest.mark.parametrize(
    ("champion", "passed", "words"),
    [
        (0.95, False, "worse than the champion: quality 0.89 against 0.95."),
        (0.94, True, "as good as the champion: quality 0.89 against 0.94."),
        (0.85, True, "as good as the champion: quality 0.89 against 0.85."),
        (0.84, True, "better than the champion: quality 0.89 against 0.84."),
    ],
)
def test_better_is_more_than_the_margin(champion: float, passed: bool, words: str) -> None:
    gate = gates.not_worse(ASSET, replace(GOOD, champion_power=champion))
    assert (gate.passed, gate.sentence) == (passed, f"On the same rows it is {words}")


@pytest.mark.parametrize(
    ("power", "false_alarm_share", "words"),
    [
        (0.9, 1.0, "better than the champion: quality 0.89 against 0.00. {} it calls 100% of them abnormal."),
        (
            0.05,
            0.01,
            "better than the champion: quality 0.89 against 0.05. {} it does not notice when one signal shifts, "
            "power 0.05.",
        ),
    ],
)
def test_a_champion_of_no_use_is_said_to_be_so(power: float, false_alarm_share: float, words: str) -> None:
    useless = replace(GOOD, champion_power=power, champion_false_alarm_share=false_alarm_share)
    words = words.format("The champion is of no use on these rows:")
    assert gates.not_worse(ASSET, useless).sentence == f"On the same rows it is {words}"
    just_useful = replace(GOOD, champion_power=0.2, champion_false_alarm_share=0.0)
    assert "of no use" not in gates.not_worse(ASSET, just_useful).sentence


@pytest.mark.parametrize(
    ("rows", "smooth_rows", "alarms", "losses"),
    [(40, 15, 0.2695, 0.8876), (400, 15, 0.1194, 0.4174), (4096, 1, 0.0556, 0.2175)],
)
def test_few_rows_must_show_more(rows: int, smooth_rows: int, alarms: float, losses: float) -> None:
    few = replace(GOOD, rows=rows, smooth_rows=smooth_rows)
    assert gates.allowed(0.05, few) == pytest.approx(alarms, abs=1e-4)
    assert gates.held_out(ASSET, replace(few, false_alarm_share=alarms - 1e-3)).passed
    assert not gates.held_out(ASSET, replace(few, false_alarm_share=alarms + 1e-3)).passed
    assert gates.sensor_loss(ASSET, replace(few, sensor_false_alarm_share=losses - 1e-3)).passed
    assert not gates.sensor_loss(ASSET, replace(few, sensor_false_alarm_share=losses + 1e-3)).passed


def test_next_to_no_rows_show_nothing() -> None:
    assert gates.allowed(0.2, replace(GOOD, rows=0)) == pytest.approx(0.8579, abs=1e-4)
    assert gates.allowed(0.9, replace(GOOD, rows=3)) == 1.0


def test_another_environment_is_named() -> None:
    [stopped] = [gate for gate in judge(GOOD, differences=("torch 2.12, here 2.13", "b", "c", "d")) if not gate.passed]
    assert (stopped.key, stopped.value, stopped.limit) == ("environment", 4.0, 0.0)
    assert stopped.sentence == (
        "What trained it is not what serves: torch 2.12, here 2.13; b; c; and 1 more. Restart the training cluster and "
        "train again."
    )


@pytest.mark.parametrize(
    ("plain", "passed", "words"),
    [
        (1.11, False, "A plain PCA reference notices shifts better than it: power 0.90 against 1.11 of the reference."),
        (1.09, True, "A plain PCA reference notices shifts as well as it: power 0.90 against 1.09 of the reference."),
        (0.71, True, "A plain PCA reference notices shifts as well as it: power 0.90 against 0.71 of the reference."),
        (0.69, True, "It notices shifts better than a plain PCA reference: power 0.90 against 0.69 of the reference."),
        (None, True, "Not asked: no rows of its own made it."),
    ],
)
def test_the_reference_is_told_apart_by_more_than_the_margin(plain: float | None, passed: bool, words: str) -> None:
    gate = gates.reference(ASSET, replace(GOOD, reference_power=plain))
    assert (gate.passed, gate.sentence) == (passed, words)


def test_old_ground_is_not_asked_where_there_is_none() -> None:
    forgetful = replace(GOOD, old_power=0.1, old_false_alarm_share=0.9)
    closed = gates.old_ground(ASSET, forgetful, "the regime it knew ended with a new lens on 2026-05-03")
    assert (closed.passed, closed.value, closed.limit) == (True, None, None)
    assert closed.sentence == "Not asked: the regime it knew ended with a new lens on 2026-05-03."
    first = gates.old_ground(ASSET, replace(GOOD, old_rows=None, old_power=None, old_false_alarm_share=None))
    assert (first.passed, first.sentence) == (True, "There is no champion with an old ground to compare on.")
    assert not gates.old_ground(ASSET, forgetful).passed


def test_what_was_not_played_again_has_not_passed() -> None:
    gate = gates.replay(ASSET, replace(GOOD, replayed_rows=0))
    assert not gate.passed
    assert gate.sentence == "No recorded row was answered again. Restart the training cluster and train again."


PRESSED = PluginGate(
    "press-crack", "Cracked frame", "press", lambda held: held.scores[:, 0], 0.5, "{value:.0%}, {limit:.0%}.", True
)


@pytest.mark.parametrize(
    ("answers", "passed", "value", "sentence"),
    [
        ((Answer("press-crack", 0.5),), True, 0.5, "50%, 50%."),
        ((Answer("press-crack", 0.4),), False, 0.4, "40%, 50%."),
        ((Answer("press-crack", None, "The check failed: E"),), False, None, "The check failed: E"),
        (
            (Answer("other-gate", 1.0),),
            False,
            None,
            "The training cluster did not ask “Cracked frame”. Restart it, and train again.",
        ),
    ],
)
def test_a_plugins_gate_stands_last_and_fails_closed(
    answers: tuple[Answer, ...], passed: bool, value: float | None, sentence: str
) -> None:
    judged = gates.judge(gates.Told(ASSET, GOOD, 3.0, answers=answers), [PRESSED])
    assert [gate.key for gate in judged] == [*ORDER, "press-crack"]
    last = judged[-1]
    assert (last.passed, last.value, last.limit, last.sentence) == (passed, value, 0.5, sentence)
