"""A pipeline that an engineer registered, from its wheel to scores in the stream: trained and served in real boxes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from drill_plant import MINUTES, ORIGIN, as_arrow, drill_command
from pipeline_wheels import NAME, pipeline, registered
from training_plant import Runs

from services.assets import api as assets
from services.blueprints import api as blueprints
from services.blueprints.host import installed
from services.enclaves.contracts import ClusterKind, ClusterState
from services.kernel import subjects, wire
from services.pipelines import api as pipelines
from services.pipelines.errors import PipelineInUse
from services.readings import api as readings
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.registry import api as registry
from services.registry.contracts import Alias
from services.serving import api as serving
from services.serving import jobs as serving_jobs
from services.training.contracts import RunState

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(700)]

SOURCE = '''\
"""Principal components, as a notebook would bind them to `recipe`."""
from andon_sdk.plugin import Estimator, hook
from andon_sdk.plugin.components import VARIANCE_SHARE, components_score, fit_components


@hook
def blueprints():
    made = Estimator(
        "bench-wear", "Wear of the bench", "1.0", "laser-drill", fit_components, components_score, stacked=True,
        tuned=(VARIANCE_SHARE,), history_rows=5,
    )
    return [made]
'''


@pytest.fixture
async def applied(platform: Any, tenant: Any) -> AsyncIterator[None]:
    """What the worker hears of serving, and the end of its cluster."""
    task = asyncio.create_task(serving_jobs.consume_applied(platform.platform, tenant.id))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await platform.platform.clusters.release(tenant.id, ClusterKind.SERVING)


async def test_a_registered_pipeline_is_trained_promoted_and_scores_the_stream(
    platform: Any,
    tenant: Any,
    other_tenant: Any,
    principal: Any,
    until: Any,
    worker: None,
    drills: Any,
    applied: None,
    tmp_path: Path,
) -> None:
    opened = platform.platform
    made = await registered(opened, principal, pipeline(tmp_path, source=SOURCE))
    runs = Runs(platform, tenant, principal, until)
    ended = await runs.end(await runs.start(drill_command(drills, blueprint=NAME)), 300)
    assert ended.state is RunState.SUCCEEDED, ended.message
    async with platform.unit(tenant) as uow:
        found = await registry.aliased(uow, principal, drills, Alias.CHALLENGER)
        offered = await blueprints.get_blueprint(uow, NAME)
        assert found, await runs.gates(ended)
        assert {(one.lineage.plugin, one.lineage.plugin_digest) for one in found.values()} == {
            (NAME, offered.plugin.digest)
        }
        promoted = await serving.promote_run(uow, principal, ended.id)
        await uow.commit()
    chosen = list(promoted.asset_ids)

    async def is_applied() -> bool:
        async with platform.unit(tenant) as uow:
            rows = await serving.deployments(uow, principal, chosen)
        assert {row.refusal for row in rows.values()} == {None}
        return all(row.applied_generation >= row.wanted_generation for row in rows.values())

    async def is_ready() -> bool:
        status = await opened.clusters.status(tenant.id, ClusterKind.SERVING)
        assert status.state is not ClusterState.FAILED, status.detail
        return status.state is ClusterState.READY

    await until(is_applied, 300)
    await until(is_ready, 120)
    scores = await _scored(platform, tenant, principal)
    assert set(scores.column("version").to_pylist()) <= {str(each) for each in (one.id for one in found.values())}
    assert scores.num_rows > 0

    async with platform.unit(tenant) as uow:
        [mine] = await pipelines.list_pipelines(uow, principal)
        assert mine.versions[0].id == made.id
        assert await pipelines.count_champions(uow, principal, [NAME]) == {NAME: len(chosen)}
        with pytest.raises(PipelineInUse, match=f"the champion of {len(chosen)} assets"):
            await pipelines.retire(uow, principal, mine.id)
    async with platform.unit(other_tenant) as uow:
        assert NAME not in (await blueprints.offered(uow)).blueprints


async def _scored(platform: Any, tenant: Any, principal: Any) -> Any:
    """The first block of scores of a minute of fresh rows that come through the door."""
    opened = platform.platform
    plant = next(each for each in installed().demo_plants.values() if each.contract == "laser-drill")
    contract = blueprints.everything().contracts["laser-drill"]
    async with platform.unit(tenant) as uow:
        agreed = await assets.contract_by_key(uow, principal, contract.key)
    client = await opened.streams.connection(tenant.id)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(message: Any) -> None:
        heard.put_nowait(message.data)

    listening = await client.subscribe(subjects.scores(agreed.id), cb=hear)
    start = ORIGIN + timedelta(minutes=MINUTES)
    rows = plant.simulate(ORIGIN, 1).rows(start, start + timedelta(minutes=1))
    body = as_arrow(plant, contract, rows)
    await readings.ingest(opened, principal, contract.key, body, BodyFormat.ARROW, ErrorPolicy.IGNORE_FAILED)
    data = await asyncio.wait_for(heard.get(), 60)
    await listening.unsubscribe()
    return wire.decode(data)
