"""From a wish in a row to the clusters themselves, with their own drivers, and back."""

import asyncio
import time

import psutil
import pytest

from infra.local.boxes import box_name
from services.enclaves import jobs
from services.enclaves.contracts import ClusterKind, ClusterState

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(280)]


async def test_both_clusters_come_and_go(platform, tenant) -> None:
    clusters = platform.platform.clusters
    keeper = asyncio.create_task(jobs.keep_clusters(platform.platform, tenant.id))
    try:
        for kind in ClusterKind:
            began = time.monotonic()
            asked = await clusters.want(tenant.id, kind)
            assert (asked.state, asked.detail, time.monotonic() - began < 1) == (
                ClusterState.STARTING,
                "asked for",
                True,
            )
        for kind in ClusterKind:
            while (status := await clusters.status(tenant.id, kind)).state is ClusterState.STARTING:
                await asyncio.sleep(0.1)
            assert status.state is ClusterState.READY, status
            assert (status.score_socket is not None) is (kind is ClusterKind.SERVING)
            report(platform, box_name(tenant.id, kind))
        for kind in ClusterKind:
            await clusters.release(tenant.id, kind)
            while (status := await clusters.status(tenant.id, kind)).state is not ClusterState.STOPPED:
                await asyncio.sleep(0.1)
        names = {part["name"] for part in platform.supervisor.list()}
        assert not names & {box_name(tenant.id, kind) for kind in ClusterKind}
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


def report(platform, name: str) -> None:
    part = next(part for part in platform.supervisor.list() if part["name"] == name)
    tree = [psutil.Process(part["pid"]), *psutil.Process(part["pid"]).children(recursive=True)]

    def used() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in tree if process.is_running())

    before = used()
    time.sleep(5)
    print(f"{name}: {part['pss'] >> 20} MiB, {(used() - before) / 5:.1%} of a core without work")
