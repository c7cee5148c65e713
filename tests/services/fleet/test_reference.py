"""The reference of a block of assets is that of each asset alone, as a plain program has it, row by row."""

from dataclasses import replace

import numpy as np
import pytest

from services.fleet.prepare import Rows
from services.fleet.reference import fit_reference, reference_quality
from services.fleet.smooth import quantile, running_median

SHIFT = 3.0


def plain_score(rows: np.ndarray, judged: np.ndarray):
    """T² / components + Q / its mean of one asset without gaps, as the textbook writes it: row [signals] → number."""
    center, spread = rows.mean(axis=0), rows.std(axis=0)
    standard = (rows - center) / spread
    variance, directions = np.linalg.eigh(np.cov(standard.T, bias=True))
    variance, directions = variance[::-1], directions[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(variance) / variance.sum(), 0.9)) + 1
    plane = directions[:, :kept]

    def parts(row: np.ndarray) -> tuple[float, float]:
        place = plane.T @ ((row - center) / spread)
        residual = (row - center) / spread - plane @ place
        return float((place**2 / variance[:kept]).sum() / kept), float((residual[judged] ** 2).sum())

    mean = np.mean([parts(row)[1] for row in rows])
    return lambda row: parts(row)[0] + parts(row)[1] / mean


def plain_quality(score, calibration: np.ndarray, held_out: Rows, i: int, rule, judged: np.ndarray):
    """Power and share of false alarms of asset `i`, by loops."""
    part = np.zeros(len(calibration), int)
    raw = np.array([score(row) for row in calibration])
    lead = rule.smooth_rows - 1
    threshold = quantile(running_median(raw, part, rule.smooth_rows)[lead:], rule.quantile) * rule.factor
    real = ~held_out.lead[i]
    rows = held_out.x[i].astype(float)
    value = running_median(np.array([score(row) for row in rows]) / threshold, held_out.part[i], rule.smooth_rows)[real]
    count = int(real.sum())
    some = [rows[j * count // min(64, count)] for j in range(min(64, count))]
    before = [score(row) for row in some]
    told = []
    for signal in np.flatnonzero(judged):
        for shift in (SHIFT, -SHIFT):
            after = [score(row + shift * np.eye(len(judged))[signal]) for row in some]
            auc = np.mean([(a > b) + 0.5 * (a == b) for a in after for b in before])
            told.append(max(2 * auc - 1, 0))
    return np.mean(told), np.mean(value > 1)


@pytest.mark.parametrize("given", [(), (4, 5)])
def test_a_block_is_each_asset_alone(trained, given):
    judged = ~np.isin(np.arange(6), given)
    trained = replace(trained, exogenous=~judged)
    found = reference_quality(trained, trained.held_out)
    assert found is not None
    rule = trained.blueprint.threshold
    for i in (0, 4, 8):
        score = plain_score(trained.train.x[i, : trained.train.counts[i]].astype(float), judged)
        calibration = trained.calibration.x[i, : trained.calibration.counts[i]].astype(float)
        power, alarms = plain_quality(score, calibration, trained.held_out, i, rule, judged)
        assert found.power[i] == pytest.approx(power, abs=2e-3)
        assert found.false_alarm_share[i] == pytest.approx(alarms)


def test_a_signal_that_is_missing_counts_as_its_mean(trained):
    rows = trained.train.take(np.array([0]))
    gaps = rows.present.copy()
    gaps[:, ::7, 2] = False
    whole = fit_reference(rows, np.ones(6, bool))
    gappy = fit_reference(replace(rows, x=np.where(gaps, rows.x, 0), present=gaps), np.ones(6, bool))
    np.testing.assert_allclose(gappy.center, whole.center, atol=0.1)
    assert np.corrcoef(gappy.form.ravel(), whole.form.ravel())[0, 1] > 0.98


def test_who_has_no_rows_of_its_own_has_no_reference(trained):
    assert reference_quality(replace(trained, train=None), trained.held_out) is None
