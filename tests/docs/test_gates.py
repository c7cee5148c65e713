"""What the guides say of gates is what gates say: quoted sentences are made by the code, limits are the code's."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from andon_sdk.plugin import Blueprint, Estimator, Threshold
from services.fleet.prepare import FleetRows, SplitSettings, prepare
from services.fleet.train import TrainSettings
from services.training.cluster.messages import Measured
from services.training.gates import LIMITS, Told, allowed, judge, not_worse, old_ground

GUIDES = Path(__file__).resolve().parents[2] / "docs/how-to"
OPERATOR = (GUIDES / "operator.md").read_text("utf-8")
ENGINEER = (GUIDES / "engineer.md").read_text("utf-8")
ASSET = UUID(int=1)
GOOD = Measured(
    rows=1000,
    range_rows=10_000,
    known=16,
    answered_share=1.0,
    false_alarm_share=0.01,
    power=0.9,
    baseline_power=0.9,
    loss_main=0.1,
    loss_fallback=0.2,
    sensor_false_alarm_share=0.05,
    sensor_answered_share=1.0,
    sensor_expected_loss=0.1,
    champion_power=None,
    champion_false_alarm_share=None,
    smooth_rows=15,
    sensor_losses=20,
    reference_power=0.85,
    reference_false_alarm_share=0.0,
    old_rows=300,
    old_power=0.9,
    old_false_alarm_share=0.0,
    champion_old_power=0.9,
    champion_old_false_alarm_share=0.0,
    replayed_rows=32,
)
WORSE = {
    "reference_power": 0.7,
    "power": 0.71,
    "false_alarm_share": 0.0,
    "champion_power": 0.85,
    "champion_false_alarm_share": 0.0,
}
OTHER = ("torch 2.12.0, here 2.13.0",)
"""A difference between the environments."""
STOPPED = [
    ("contract", {"answered_share": 0.4, "sensor_answered_share": 0.4}, 5.0),
    ("environment", {}, 5.0),
    ("held_out", {"false_alarm_share": 0.12}, 5.0),
    ("held_out", {"power": 0.15, "baseline_power": 0.1}, 5.0),
    ("reference", {"reference_power": 1.0, "power": 0.75}, 5.0),
    ("not_worse", WORSE, 5.0),
    ("old_ground", {"old_power": 0.7}, 5.0),
    ("old_ground", {"old_false_alarm_share": 0.2}, 5.0),
    ("sensor_loss", {"sensor_false_alarm_share": 0.4}, 5.0),
    ("sensor_loss", {"sensor_answered_share": 0.97}, 5.0),
    ("latency", {}, 300.0),
    ("replay", {"replayed_otherwise": 2}, 5.0),
]
COMPARED = [
    {"champion_power": 0.89, "champion_false_alarm_share": 0.0},
    {"champion_power": 0.6, "champion_false_alarm_share": 0.0},
    {"champion_power": 0.9, "champion_false_alarm_share": 1.0},
    {"champion_power": 0.05, "champion_false_alarm_share": 0.0},
]
"""Champions that a good version passes beside."""
QUOTED = re.findall(r"“([^”]+?)(?: …)?”", OPERATOR.split("## What the gates say")[1])


def told(key, changed, latency_ms):
    """All gates of a version that the gate `key` is to stop."""
    differences = OTHER if key == "environment" else ()
    return judge(Told(ASSET, replace(GOOD, **changed), latency_ms, differences))


def test_a_good_version_passes():
    assert all(gate.passed for gate in told("", {}, 5.0))


@pytest.mark.parametrize(("key", "changed", "latency_ms"), STOPPED)
def test_sentences_of_stopped_gates_are_quoted(key, changed, latency_ms):
    gates = {gate.key: gate for gate in told(key, changed, latency_ms)}
    assert not gates[key].passed
    assert [quote for quote in QUOTED if quote in gates[key].sentence] != [], gates[key].sentence


@pytest.mark.parametrize("champion", COMPARED)
def test_sentences_beside_a_champion_are_quoted(champion):
    gate = not_worse(ASSET, replace(GOOD, **champion))
    assert gate.passed
    assert any(gate.sentence.endswith(quote) for quote in QUOTED), gate.sentence


def test_every_quoted_sentence_is_said():
    said = [gate.sentence for key, changed, latency_ms in STOPPED for gate in told(key, changed, latency_ms)]
    said += [old_ground(ASSET, GOOD, "the regime it knew ended with a new lens on 2026-05-03").sentence]
    said += [not_worse(ASSET, replace(GOOD, **champion)).sentence for champion in COMPARED]
    few = FleetRows(("few",), np.array([0, 12]), np.zeros((12, 2)))
    blind = FleetRows(("blind",), np.array([0, 200]), np.tile([np.nan, 1.0], (200, 1)))
    for rows in (few, blind):
        said += [failure.sentence for failure in prepare(rows, np.array([True, False])).failures]
    assert [quote for quote in QUOTED if not any(quote in sentence for sentence in said)] == []
    assert len(set(QUOTED)) == len(QUOTED)


def limits_of(gate: str) -> str:
    """The rows of a gate in the engineer's table; a gate's second row has no name."""
    table = ENGINEER.split("## Gates")[1].split("Planned losses")[0]
    found = re.search(rf"^\| `{gate}` .*\n(?:\| \| .*\n)*", table, re.MULTILINE)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("gate", "limits"),
    [
        ("contract", [LIMITS.answered_share]),
        ("held_out", [LIMITS.false_alarm_share, LIMITS.least_power, LIMITS.power_of_baseline]),
        ("reference", [LIMITS.reference_margin]),
        ("not_worse", [LIMITS.champion_margin, LIMITS.useless_quality]),
        ("old_ground", [LIMITS.false_alarm_share, LIMITS.champion_margin]),
        ("sensor_loss", [LIMITS.sensor_false_alarm_share]),
        ("latency", [LIMITS.latency_ms]),
    ],
)
def test_limits_stand_as_they_are(gate, limits):
    numbers = [float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", limits_of(gate))]
    assert [limit for limit in limits if limit not in numbers] == []


def test_what_few_rows_are_allowed_stands_as_it_is():
    few, many = replace(GOOD, rows=40), replace(GOOD, rows=4096)
    shares = [f"{allowed(LIMITS.false_alarm_share, rows):.1%}" for rows in (few, many)]
    assert [share for share in shares if share not in ENGINEER.split("## Gates")[1]] == []


def test_how_rows_are_used_stands_as_it_is():
    split = SplitSettings()
    text = ENGINEER.split("## How the rows of a range are used")[1].split("## Gates")[0]
    assert (split.held_out_share, split.calibration_share) == (0.1, 0.25)
    assert "newest 10 %" in text
    assert "last quarter" in text
    for number in (split.max_calibration_rows, split.max_train_rows, split.min_rows):
        assert f"{number:,}" in text


def test_parameters_and_threshold_have_their_entries():
    anatomy = ENGINEER.split("## Anatomy of a blueprint")[1].split("### What can be stacked")[0]
    fields = in_first_column(anatomy)
    assert fields == set(Blueprint.__dataclass_fields__)
    assert set(TrainSettings.__dataclass_fields__) - {"block_assets", "split"} <= fields
    assert f"Threshold({', '.join(Threshold.__dataclass_fields__)})" in ENGINEER


def test_an_estimator_has_its_entries():
    section = ENGINEER.split("### Models that are fitted")[1].split("## Thresholds")[0]
    assert in_first_column(section) == set(Estimator.__dataclass_fields__)


def in_first_column(text: str) -> set[str]:
    """What stands in code in the first column of a table."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
