"""What is kept of a recipe: exact, plain JSON, the same in every process."""

import json
import math
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from andon_sdk.boundary.spelling import spelled
from andon_sdk.plugin import PATIENCE, Blueprint, Contract, Estimator, Importance, Parameter, Signal, Threshold
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.blueprints.declaration import declaration

HEAT = Signal("heat", "Heat", "degC", 0, math.inf, Importance.ESSENTIAL)
CONTRACT = Contract("press", "Press", (HEAT, Signal("load", "Load", "kN", 0, 9, exogenous=True)), 60)
BATCH = Parameter("batch_rows", "Rows a batch", 64, 8, 4096, whole=True)


class Weigher:
    def __call__(self, rows: Any, parameters: Any) -> dict[str, Any]:
        return {}


def test_a_trained_recipe() -> None:
    recipe = Blueprint(
        "b", "Watch a press", "3", "press", MaskedAutoencoder, reconstruction_loss, reconstruction_score,
        history_rows=5, threshold=Threshold(factor=2.0), patience=PATIENCE,
    )  # fmt: skip
    said = declaration(recipe, CONTRACT)
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    parameters = {each["key"]: each for each in said.pop("parameters")}
    assert list(parameters) == ["epochs", "learning_rate", "batch_rows", "drop_share", "patience"]
    assert parameters["batch_rows"] == {
        "key": "batch_rows", "title": "Rows a batch", "default": 64, "low": 8, "high": 4096, "whole": True,
        "own": False,
    }  # fmt: skip
    assert parameters["patience"]["own"]
    dense = "andon_sdk.plugin.dense"
    assert said == {
        "title": "Watch a press",
        "contract": {
            "key": "press", "title": "Press", "period_s": 60,
            "signals": [
                {"key": "heat", "title": "Heat", "unit": "degC", "low": 0, "high": "inf", "importance": "essential",
                 "exogenous": False},
                {"key": "load", "title": "Load", "unit": "kN", "low": 0, "high": 9, "importance": "important",
                 "exogenous": True},
            ],
        },
        "threshold": {"quantile": 0.99, "factor": 2.0, "smooth_rows": 15},
        "history_rows": 5,
        "kind": "trained",
        "code": {
            "module": f"{dense}.MaskedAutoencoder", "loss": f"{dense}.reconstruction_loss",
            "score": f"{dense}.reconstruction_score",
        },
    }  # fmt: skip


def test_a_fitted_recipe_for_any_contract() -> None:
    recipe = Estimator("e", "E", "1", None, Weigher(), reconstruction_score, stacked=False, tuned=(BATCH,))
    said = declaration(recipe, None)
    assert (said["contract"], said["kind"], said["stacked"]) == (None, "fitted", False)
    assert "learns_labels" not in said
    assert declaration(replace(recipe, learns_labels=True), None)["learns_labels"] is True
    assert said["code"] == {
        "fit": f"{__name__}.Weigher", "score": "andon_sdk.plugin.dense.reconstruction_score",
    }  # fmt: skip
    assert [(each["key"], each["own"]) for each in said["parameters"]] == [("batch_rows", True)]


def test_a_contract_that_no_plugin_offers_is_kept_by_its_key() -> None:
    recipe = Estimator("e", "E", "1", "press", Weigher(), reconstruction_score, stacked=True)
    assert declaration(recipe, None)["contract"] == {"key": "press", "signals": []}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (lambda inputs: MaskedAutoencoder(inputs, (32, 6, 32)), "MaskedAutoencoder(inputs, (32, 6, 32))"),
        (
            partial(MaskedAutoencoder, hidden=(8, 2, 8)),
            "andon_sdk.plugin.dense.MaskedAutoencoder(hidden=(8, 2, 8))",
        ),
        (partial(Weigher, object(), fit=math.sqrt), f"{__name__}.Weigher(object, fit=math.sqrt)"),
        (eval("lambda inputs: inputs"), f"{__name__}.<lambda>"),
    ],
)
def test_code_in_words(part: Any, words: str) -> None:
    assert spelled(part) == words


def test_two_lambdas_in_a_line_cannot_be_told_apart() -> None:
    both = (lambda x: x, lambda x: -x)
    assert {spelled(each) for each in both} == {
        f"{__name__}.test_two_lambdas_in_a_line_cannot_be_told_apart.<locals>.<lambda>"
    }
