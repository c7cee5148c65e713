"""Estimators over a fleet: what one asset does never touches another, and equal work is equal to the byte."""

import dataclasses

import numpy as np
import pytest
import torch
from families import ESTIMATORS, FREE
from small_fleet import SIGNALS, fleet_rows

from andon_sdk.plugin import Estimator, Threshold
from andon_sdk.plugin.components import fit_components
from services.fleet.artefact import Pack, open_pack, pack_of, save_pack
from services.fleet.errors import BlueprintUnfit, TrainingStopped
from services.fleet.fit import FitSettings, fit_fleet
from services.fleet.golden import differences, replay
from services.fleet.prepare import FleetRows
from services.fleet.score import FALLBACK, MAIN, Entry, Scorer
from services.fleet.train import TrainedFleet

COMPONENTS, TREES = (
    dataclasses.replace(estimator, history_rows=1, threshold=Threshold(0.99, 1.5, 7))
    for estimator in ESTIMATORS.values()
)
ALONE = dataclasses.replace(COMPONENTS, stacked=False)
KINDS = {"components": COMPONENTS, "trees": TREES}


def ragged_rows() -> FleetRows:
    """Five assets of 150 to 240 rows, a twentieth of the values missing."""
    rows = fleet_rows(5)
    values = rows.values.copy()
    values[np.random.default_rng(0).random(values.shape) < 0.05] = np.nan
    lengths = [240, 150, 200, 240, 170]
    index = np.concatenate([rows.offsets[i] + np.arange(length) for i, length in enumerate(lengths)])
    return FleetRows(rows.assets, np.concatenate([[0], np.cumsum(lengths)]), values[index])


@pytest.fixture(scope="module", params=KINDS)
def fitted(request: pytest.FixtureRequest) -> TrainedFleet:
    return fit_fleet(KINDS[request.param], ragged_rows(), FREE)


@pytest.fixture(scope="module")
def fitted_pack(fitted: TrainedFleet) -> Pack:
    return pack_of(fitted)


def test_models_do_not_depend_on_block_or_order(fitted):
    estimator = fitted.blueprint
    assert isinstance(estimator, Estimator)
    defaults = {parameter.key: parameter.default for parameter in estimator.parameters}
    turned = fit_fleet(estimator, ragged_rows().take([4, 2, 0, 3, 1]), FREE, FitSettings(defaults, block_assets=2))
    assert turned.assets == tuple(f"asset-{i}" for i in (4, 2, 0, 3, 1))
    for half in ("main", "fallback"):
        for name, value in getattr(fitted, half).items():
            found = getattr(turned, half)[name][[2, 4, 1, 3, 0]]
            if name == "directions":  # their sign may be either
                found *= torch.sign(found * value)
            torch.testing.assert_close(found, value, rtol=1e-3, atol=1e-4)


def test_equal_work_has_an_equal_digest(fitted, fitted_pack):
    again = pack_of(fit_fleet(fitted.blueprint, ragged_rows(), FREE))
    assert again.digest == fitted_pack.digest
    other = pack_of(fit_fleet(fitted.blueprint, ragged_rows(), FREE, seed=1))
    assert (other.digest == fitted_pack.digest) is (fitted.blueprint.key == "components")  # which draws nothing


def test_a_mapped_pack_answers_its_golden_rows(fitted, fitted_pack, tmp_path):
    opened = open_pack(save_pack(fitted_pack, tmp_path), fitted_pack.digest)
    index = np.arange(5)
    assert differences(opened, index, replay(opened, fitted.blueprint, index)) == {}
    name = {"components": "spread", "trees": "leaf"}[fitted.blueprint.key]
    other = opened.main[name].clone()
    other[1] *= 1.1
    changed = dataclasses.replace(opened, main={**opened.main, name: other})
    assert list(differences(changed, index, replay(changed, fitted.blueprint, index))) == [1]


def test_an_asset_has_parameters_of_its_own():
    settings = FitSettings({"variance_share": 0.9}, {"asset-3": {"variance_share": 0.3}})
    before, after = fit_fleet(COMPONENTS, ragged_rows(), FREE), fit_fleet(COMPONENTS, ragged_rows(), FREE, settings)
    kept = [(fleet.main["variance"] > 0).sum(1).tolist() for fleet in (before, after)]
    assert kept[0][3] > kept[1][3] == 1
    for name, value in before.main.items():
        assert torch.equal(value[[0, 1, 2, 4]], after.main[name][[0, 1, 2, 4]])


def narrow_fit(rows, parameters):
    """Cannot be fitted where values are far out, which are those of one asset."""
    narrow = torch.where(rows.x.abs().amax() > 15, -1.0, 1.0)
    torch.linalg.cholesky(narrow * torch.eye(2))
    return fit_components(rows, parameters)


@pytest.mark.parametrize("stacked", [True, False])
def test_an_asset_that_cannot_be_fitted_is_named_and_the_others_finish(stacked):
    rows = ragged_rows()
    rows.values[rows.offsets[2] + 5, 1] = 1e6
    fleet = fit_fleet(dataclasses.replace(COMPONENTS, fit=narrow_fit, stacked=stacked), rows, FREE)
    assert fleet.assets == ("asset-0", "asset-1", "asset-3", "asset-4")
    [failure] = fleet.failures
    assert (failure.asset, failure.reason) == ("asset-2", "unfitted")
    assert failure.sentence.startswith("The fit failed: ")
    expected = fit_fleet(COMPONENTS, rows.take([0, 1, 3, 4]), FREE)
    torch.testing.assert_close(fleet.main["variance"], expected.main["variance"], rtol=1e-4, atol=1e-5)


def test_a_model_that_is_not_finite_is_named():
    def fit(rows, parameters):
        model = fit_components(rows, parameters)
        return {**model, "noise": torch.where(rows.x.abs().amax() > 15, torch.nan, model["noise"])}

    rows = ragged_rows()
    rows.values[rows.offsets[2] + 5, 1] = 1e6
    fleet = fit_fleet(dataclasses.replace(COMPONENTS, fit=fit), rows, FREE)
    assert [(failure.asset, failure.reason) for failure in fleet.failures] == [("asset-2", "diverged")]
    assert len(fleet.assets) == 4


def test_nothing_fit_is_a_fleet_of_none():
    fleet = fit_fleet(COMPONENTS, fleet_rows(2, rows=50), FREE)
    assert (fleet.assets, len(fleet.failures), fleet.main) == ((), 2, {})


def test_models_that_cannot_be_stacked_end_the_run():
    def uneven(rows, parameters):
        return {"level": torch.zeros(len(rows.x))}

    with pytest.raises(BlueprintUnfit, match="the same shapes for every asset"):
        fit_fleet(dataclasses.replace(ALONE, fit=uneven, score=lambda model, x, seen, judged: x), ragged_rows(), FREE)
    with pytest.raises(BlueprintUnfit, match=r"score must be \[rows, signals\] = \(3, 6\), it is \(3, 1\)"):
        fit_fleet(dataclasses.replace(COMPONENTS, score=lambda model, x, seen, judged: x[:, :1]), ragged_rows(), FREE)
    with pytest.raises(BlueprintUnfit, match="the score cannot be stacked"):
        fit_fleet(
            dataclasses.replace(COMPONENTS, score=lambda model, x, seen, judged: x * float(x.sum())),
            ragged_rows(),
            FREE,
        )


def test_a_run_is_stopped_between_assets():
    asked = iter([False, False, True])
    with pytest.raises(TrainingStopped):
        fit_fleet(ALONE, ragged_rows(), FREE, should_stop=lambda: next(asked))


def test_families_share_a_call(entries):
    """Trained and fitted versions of the same assets in one scorer, rows mixed, sensors missing."""
    packs = [(kind, pack_of(fit_fleet(kind, fleet_rows(9), FREE))) for kind in KINDS.values()]
    shadows = [Entry(f"{kind.key}-{i}", a, pack, i, kind) for kind, pack in packs for i, a in enumerate(pack.assets)]
    together = Scorer([*entries, *shadows])
    draw = np.random.default_rng(4)
    slots = draw.integers(0, 27, 600)
    values = fleet_rows(9).values.reshape(9, 240, SIGNALS)[slots % 9, draw.integers(0, 240, 600)]
    values[draw.random(values.shape) < 0.03] = np.nan
    values[:, 0] = np.nan_to_num(values[:, 0])
    block = together.score(slots, values, None, together.state())
    assert {MAIN, FALLBACK} <= set(block.route.tolist())
    for first, some in ((0, entries), (9, shadows[:9]), (18, shadows[9:])):
        mine = (slots >= first) & (slots < first + 9)
        scorer = Scorer(some)
        alone = scorer.score(slots[mine] - first, values[mine], None, scorer.state())
        for name in ("raw", "value", "threshold", "expected_loss"):
            np.testing.assert_allclose(getattr(block, name)[mine], getattr(alone, name), rtol=5e-5, atol=1e-6)
        np.testing.assert_array_equal(block.route[mine], alone.route)
        np.testing.assert_array_equal(block.top[mine], alone.top)
