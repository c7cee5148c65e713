"""Estimators that learn from labelled events are given their rows; the others and thresholds are as before."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_fleet import SIGNALS, fleet_rows
from torch import Tensor

from andon_sdk.plugin import Estimator, FitRows, Threshold
from services.fleet.artefact import pack_of
from services.fleet.fit import fit_fleet
from services.fleet.prepare import FleetRows

NONE = np.zeros(SIGNALS, bool)


def fit(rows: FitRows, parameters: object) -> dict[str, Tensor]:
    assert rows.abnormal is not None
    assert rows.abnormal_present is not None
    there = rows.abnormal_present.flatten(1).amax(dim=1) if len(rows.abnormal) else torch.zeros(0)
    total = rows.abnormal[..., -1, :].sum(0) if rows.abnormal.dim() == 3 else rows.abnormal.sum(0)
    gaps = (1 - rows.abnormal_present).flatten(1).sum(1) * there
    return {"events": there.sum(), "total": total, "gaps": gaps.sum()}


def score(model: object, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    return (x if x.dim() == 2 else x[:, -1]).square() * judged


TAUGHT = Estimator(
    "taught", "Taught", "1", None, fit, score, stacked=False, threshold=Threshold(0.99, 1.5, 5), learns_labels=True
)


def labelled_rows() -> FleetRows:
    """Three assets of 400 rows; events of 20 and 10 rows of the first and of 5 of the last."""
    rows = fleet_rows(3, 400)
    event = np.full(1200, -1, np.int32)
    event[100:120], event[385:395], event[900:905] = 0, 1, 0
    return replace(rows, event=event)


@pytest.mark.parametrize("history", [1, 4])
@pytest.mark.parametrize("stacked", [False, True])
def test_fit_is_given_the_rows_of_events(history, stacked):
    rows = labelled_rows()
    trained = fit_fleet(replace(TAUGHT, history_rows=history, stacked=stacked), rows, NONE)
    assert trained.failures == ()
    assert trained.main["events"].tolist() == [30, 0, 5]
    # Windows reach over the start of an event to the rows before it.
    assert trained.main["gaps"].tolist() == [0, 0, 0]
    for place, marked in enumerate((rows.event[:400] >= 0, rows.event[400:800] >= 0, rows.event[800:] >= 0)):
        values = rows.values[400 * place : 400 * (place + 1)][marked]
        scaled = np.clip((values - trained.center[place]) / trained.scale[place], -20, 20)
        np.testing.assert_allclose(trained.main["total"][place].numpy(), scaled.sum(axis=0), rtol=1e-4, atol=1e-3)


def test_thresholds_hear_no_label_that_the_model_was_taught():
    rows = labelled_rows()
    assert pack_of(fit_fleet(TAUGHT, rows, NONE)).labelled is None
    untaught = replace(
        TAUGHT, learns_labels=False, fit=lambda rows, _: {"one": rows.x.new_tensor(rows.abnormal is None)}
    )
    trained = fit_fleet(untaught, rows, NONE)
    assert trained.main["one"].tolist() == [True] * 3
    assert trained.labelled is not None


def test_where_nobody_labelled_anything_there_is_no_row():
    trained = fit_fleet(TAUGHT, replace(labelled_rows(), event=None), NONE)
    assert trained.main["events"].tolist() == [0, 0, 0]
