"""What the champion said of rows, read from the real store; and studies kept for a while."""

from datetime import UTC

import numpy as np
import pyarrow as pa
import pytest
from ended_run import ended_run
from fans import after
from planted import Plant

from services.assets import api as assets
from services.blueprints import api as blueprints
from services.kernel import subjects, wire
from services.readings.adapters.delta import PARTITION, HistoryTable
from services.registry import api as registry
from services.registry.contracts import Alias
from services.suitability import api
from services.suitability.contracts import Fitness, Range
from services.suitability.kept import Kept, bytes_of


@pytest.mark.platform
async def test_the_champions_scores_count_and_a_shadows_do_not(fans, platform, tenant, principal):
    fan = fans.ids["f0"]
    async with platform.unit(tenant) as uow:
        run = await ended_run(uow, principal, await assets.get_assets(uow, principal, [fan]), 1)
        version = (await registry.aliased_of_run(uow, principal, run, Alias.CHALLENGER))[fan]
        await registry.set_aliases(uow, principal, [version], Alias.CHAMPION)
        await uow.commit()
    times = [after(second) for second in range(1000, 2000)]
    value = np.where(np.arange(1000) < 300, 1.5, 0.4)
    rows = {
        "asset": [str(fan)] * 2000,
        "time": pa.array(times * 2, wire.TIME),
        "version": [str(version)] * 2000,
        "role": pa.array([wire.ROLE_CHAMPION] * 1000 + [wire.ROLE_SHADOW] * 1000, pa.int8()),
        "value": pa.array([*value, *[9.0] * 1000], pa.float32()),
        PARTITION: pa.array([time.astimezone(UTC).date() for time in times * 2]),
    }
    bucket = await platform.platform.objects.bucket(tenant.id)
    table = HistoryTable.of(bucket, subjects.scores_table(fans.contract.id), ("asset", "version"))
    table.refresh()
    table.append(pa.table(rows), "a scorer", 1)
    found = await api.assess(fans.platform, principal, [fan], [Range(after(1000), after(2000))], fresh=True)
    model = next(one for one in found.factors if one.code == "model_abnormal")
    assert (model.verdict, model.refuse) == (Fitness.WITH_CARE, None)
    assert model.value == pytest.approx(0.3, abs=0.02)
    assert found.verdict is Fitness.WITH_CARE


def test_plugins_factors_are_told_of_their_contract():
    [factor] = blueprints.everything().suitability_factors_for("laser-drill")
    assert (factor.key, factor.signal, factor.care, factor.refuse) == (
        "laser-drill-beam-off",
        "average_power",
        0.2,
        0.6,
    )
    assert blueprints.everything().suitability_factors_for("water-loop") == []


def test_studies_are_kept_for_a_minute_and_within_bounds(monkeypatch):
    now = [0.0]
    study = Plant(2).study()
    kept = Kept(lambda: now[0])
    kept.put("a", study)
    assert kept.get("a") is study
    assert kept.get("b") is None
    now[0] = 61
    assert kept.get("a") is None
    monkeypatch.setattr("services.suitability.kept.MOST_BYTES", 2 * bytes_of(study))
    for key in "abc":
        kept.put(key, study)
    assert [kept.get(key) is not None for key in "abc"] == [False, True, True]
