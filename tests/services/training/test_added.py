"""Gates of plugins, asked with real models of a small fleet; what a gate does wrong stops versions and nothing else."""

import numpy as np
import pytest
import torch
from small_fleet import SIGNALS, fleet_rows, settings

from andon_sdk.plugin import Blueprint, Gate, Threshold
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.fleet.artefact import pack_of
from services.fleet.score import Entry
from services.fleet.train import train_fleet
from services.training.cluster.added import answers, rows_shown

KEYS = tuple(f"s{i}" for i in range(SIGNALS))


@pytest.fixture(scope="module")
def made():
    torch.set_num_threads(1)
    watch = Blueprint(
        "w", "W", "1", None, lambda inputs: MaskedAutoencoder(inputs, (16, 3, 16)), reconstruction_loss,
        reconstruction_score, threshold=Threshold(0.99, 1.5, 7),
    )  # fmt: skip
    essential = np.arange(SIGNALS) == 0
    trained = train_fleet(watch, fleet_rows(3), essential, settings(watch))
    pack = pack_of(trained)
    return [Entry(asset, asset, pack, i, watch) for i, asset in enumerate(pack.assets)], trained.held_out


def gate(measure, key="press-crack") -> Gate:
    return Gate(key, "Crack", "press", measure, 0.5, "{value}, {limit}")


def test_a_gate_sees_scores_and_asks_for_those_of_other_rows(made):
    entries, held_out = made
    shown = rows_shown(entries, held_out, KEYS)
    assert shown.signals == KEYS
    assert shown.values.shape == (3, held_out.width, SIGNALS)
    np.testing.assert_array_equal(np.isnan(shown.scores), held_out.lead)
    np.testing.assert_array_equal(shown.score(shown.values), shown.scores)
    moved = shown.values.copy()
    moved[:, :, 2] += 8 * shown.spread[:, None, 2]
    assert (np.nanmedian(shown.score(moved), axis=1) > 1).all()
    blind = shown.values.copy()
    blind[1, :, 0] = np.nan
    assert np.isnan(shown.score(blind)).all(axis=1).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="rows must have the shape"):
        shown.score(moved[:, :3])


def test_each_asset_gets_its_number_of_each_gate(made):
    entries, held_out = made
    gates = [gate(lambda held: np.array([0.0, 0.5, np.nan])), gate(lambda held: np.arange(3), "press-heat")]
    found = [[(one.key, one.value, one.problem) for one in each] for each in answers(gates, entries, held_out, KEYS)]
    assert found == [
        [("press-crack", 0.0, None), ("press-heat", 0.0, None)],
        [("press-crack", 0.5, None), ("press-heat", 1.0, None)],
        [("press-crack", None, "The check gave no number for this machine."), ("press-heat", 2.0, None)],
    ]
    assert answers([], entries, held_out, KEYS) == [(), (), ()]


def broken(held):
    raise KeyError("flow")


@pytest.mark.parametrize(
    ("measure", "problem"),
    [
        (broken, "The check failed: KeyError: 'flow'"),
        (lambda held: np.zeros(2), "The check failed: ValueError: measure must return 3 numbers"),
    ],
)
def test_a_gate_that_fails_is_told_of_every_asset(made, measure, problem):
    found = answers([gate(measure)], *made, KEYS)
    assert [(one.value, one.problem.startswith(problem)) for [one] in found] == [(None, True)] * 3


@pytest.mark.parametrize(
    ("key", "sentence", "words"),
    [("contract", "s", "a key is words"), ("Press-crack", "s", "a key is words"), ("a-b", "{name}", "may name value")],
)
def test_a_declaration_that_cannot_be_is_refused(key, sentence, words):
    with pytest.raises(ValueError, match=words):
        Gate(key, "t", "press", lambda held: held.scores, 0.5, sentence)
