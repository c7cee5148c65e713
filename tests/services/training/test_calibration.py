"""Verdicts on ranges, held against the gates of what was trained on them."""

import pytest
from ended_run import ended_run

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.suitability.contracts import Fitness
from services.training import api
from services.training.contracts import Calibration, Fared, Gate
from services.training.repository import Runs
from services.training.verdict import calibrated

pytestmark = pytest.mark.platform


async def test_each_verdict_with_what_its_runs_achieved(platform, tenant, principal, other_principal, other_tenant):
    async with platform.unit(tenant) as uow:
        assert await api.calibration(uow, principal) == Calibration(0, None, ())
        await assets.put_contract(uow, principal, Contract("cal", "C", (Signal("a", "A", "V", 0.0, 1.0),), 1.0))
        new = [NewAsset(f"c{k}", "C", "Works", "Hall", "cal") for k in range(2)]
        made = await assets.create_assets(uow, principal, new)
        for number, (verdict, passed, value) in enumerate(
            [("fits", True, 0.01), ("fits", False, 0.09), ("does_not_fit", False, 0.4), (None, True, 0.0)]
        ):
            run = await ended_run(uow, principal, made, number)
            row = await Runs(uow).get(run)
            assert row is not None
            row.suitability = verdict and {"verdict": verdict, "rows": 5, "factors": []}
            gates = [Gate(one.id, "held_out", passed, value, 0.05, "s") for one in made]
            await Runs(uow).replace_gates(run, [*gates, Gate(made[0].id, "latency", True, 1.0, 2.0, "s")])
        found = await api.calibration(uow, principal)
    assert found.assets == 6
    assert found.agreement == pytest.approx(4 / 6)
    [fits, refused] = found.verdicts
    assert (fits.verdict, fits.runs, fits.assets, fits.passed) == (Fitness.FITS, 2, 4, 2)
    assert fits.held_out == pytest.approx(0.05)
    assert (refused.verdict, refused.assets, refused.passed, refused.held_out) == (Fitness.DOES_NOT_FIT, 2, 0, 0.4)
    async with platform.unit(other_tenant) as uow:
        assert (await api.calibration(uow, other_principal)).assets == 0


def test_agreement_counts_what_both_said():
    fared = [Fared(Fitness.DOES_NOT_FIT, 1, 4, 1, None), Fared(Fitness.WITH_CARE, 1, 6, 3, 0.1)]
    found = calibrated(fared)
    assert (found.assets, found.agreement) == (10, 0.6)
    assert [one.verdict for one in found.verdicts] == [Fitness.WITH_CARE, Fitness.DOES_NOT_FIT]
