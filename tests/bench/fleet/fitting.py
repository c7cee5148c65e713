"""Rows about models that are fitted at once, all assets in one program, against a library's fit an asset."""

import numpy as np
from harness import Row, compare
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from andon_sdk.plugin import Estimator
from andon_sdk.plugin.components import VARIANCE_SHARE, components_score, fit_components
from fleet.plant import ESSENTIAL, fleet_rows
from services.fleet.fit import fit_fleet
from services.fleet.prepare import prepare

ASSETS = 128


def fitting_rows(pairs: int) -> list[Row]:
    """Principal components; the variances that both ways keep are asserted equal."""
    estimator = Estimator(
        "bench", "Bench", "1", "bench", fit_components, components_score, stacked=True, tuned=(VARIANCE_SHARE,)
    )
    rows = fleet_rows(ASSETS)
    kept: dict[str, list[np.ndarray]] = {}

    def fleet() -> None:
        fitted = fit_fleet(estimator, rows, ESSENTIAL)
        kept["fleet"] = [variance[variance > 0] for variance in fitted.main["variance"].numpy()]

    def loop() -> None:
        standard = [StandardScaler().fit_transform(x) for x in prepare(rows, ESSENTIAL).train.x]
        found = [PCA(VARIANCE_SHARE.default, svd_solver="full").fit(x) for x in standard]
        kept["loop"] = [one.explained_variance_ * (1 - 1 / len(standard[0])) for one in found]

    row = compare("fleet_fit_vs_sklearn", "models/s", (fleet, ASSETS), "scikit-learn PCA", (loop, ASSETS), pairs)
    for ours, theirs in zip(kept["fleet"], kept["loop"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    return [row]
