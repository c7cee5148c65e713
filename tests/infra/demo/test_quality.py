"""Figures of a detector."""

import math

import numpy as np

from infra.demo.quality import quality, roc_auc

TRUTH = np.array([False, False, True, True])


def test_auc_of_known_orders():
    assert roc_auc(TRUTH, np.array([0.1, 0.2, 0.3, 0.4])) == 1.0
    assert roc_auc(TRUTH, np.array([0.4, 0.3, 0.2, 0.1])) == 0.0
    assert roc_auc(TRUTH, np.array([0.1, 0.3, 0.2, 0.4])) == 0.75
    assert roc_auc(TRUTH, np.zeros(4)) == 0.5


def test_auc_without_abnormal_rows_is_unknown():
    assert math.isnan(roc_auc(np.zeros(3, bool), np.arange(3.0)))


def test_quality_counts_rows_of_all_files():
    found = quality([(TRUTH, np.array([0.5, 1.5, 0.9, 2.0])), (TRUTH, np.array([0.1, 0.2, 1.1, 1.2]))])
    assert (found.f1, found.false_alarms, found.misses) == (0.75, 0.25, 0.25)
    assert found.auc == (0.75 + 1.0) / 2
