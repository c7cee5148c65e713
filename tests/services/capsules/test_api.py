"""A capsule from the wish for it to its end."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from scored_plant import RECIPES, ScoredPlant
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.blueprints.contracts import OfferedBlueprint, PluginInfo
from services.blueprints.host import PluginHost
from services.capsules import api, jobs, making
from services.capsules.contracts import CapsuleState, ScoreRef
from services.capsules.errors import CapsuleNotFound, CapsuleNotReady, ScoreNotFound
from services.enclaves.contracts import ClusterKind, ClusterState, ClusterStatus
from services.fleet.capsule import Capsule
from services.kernel import wire
from services.kernel.errors import Forbidden, Invalid
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Role
from services.monitoring.tables import AlarmRow, CaseRow
from services.serving.api import reproduce
from services.serving.cluster import scorer
from services.serving.errors import RowsRefused

OFFERED = {key: OfferedBlueprint(PluginInfo("p", "1", "d"), recipe, {}) for key, recipe in RECIPES.items()}


@dataclass
class Clusters:
    """A serving cluster that answers on a socket with the code that answers in one."""

    socket: str | None
    asked: int = 0

    async def status(self, tenant: Any, kind: ClusterKind) -> ClusterStatus:
        return ClusterStatus(tenant, kind, ClusterState.READY, "", self.socket)


@pytest.fixture
async def serving(platform: Any, monkeypatch: Any) -> AsyncIterator[Any]:
    """The platform with such a cluster: the scorer as it answers requests, without Ray around it."""
    clusters = Clusters(None)
    monkeypatch.setattr(scorer, "installed", lambda: PluginHost(blueprints=OFFERED))
    answering = object.__new__(scorer.FleetScorer.func_or_class)

    async def capsule(request: Request) -> Response:
        clusters.asked += 1
        return await answering(request)

    with tempfile.TemporaryDirectory(prefix="acs-") as folder:
        clusters.socket = str(Path(folder, "s"))
        app = Starlette(routes=[Route("/capsule", capsule, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, uds=clusters.socket, log_level="error"))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        yield replace(platform.platform, clusters=clusters)
        server.should_exit = True
        await task


def ref(plant: ScoredPlant, place: int) -> ScoreRef:
    asset, time, version, role = plant.scores[place]
    return ScoreRef(asset, time, version, role == wire.ROLE_SHADOW)


async def opened(platform: Any, tenant: Any, principal: Any, score: ScoreRef) -> Any:
    async with platform.unit(tenant) as uow:
        found = await api.open_capsule(uow, principal, score)
        await uow.commit()
    return found


async def again(platform: Any, tenant: Any, principal: Any, capsule_id: UUID) -> Any:
    async with platform.unit(tenant) as uow:
        [found] = await api.get_capsules(uow, principal, [capsule_id])
    return found


async def test_a_score_is_opened_once_and_reproduced(
    platform: Any, tenant: Any, principal: Any, plant: ScoredPlant, serving: Any
) -> None:
    asset, time, version, role = plant.scores[-1]
    score = await api.find_score(serving, principal, asset, time, version)
    assert score == ScoreRef(asset, time, version, role == wire.ROLE_SHADOW)
    first = await opened(platform, tenant, principal, score)
    assert (first.state, first.reproduced, first.models) == (CapsuleState.MAKING, None, [])
    await jobs.make(serving, tenant.id, {"capsule_id": str(first.id)})
    await jobs.make(serving, tenant.id, {"capsule_id": str(first.id)})
    made = await again(platform, tenant, principal, first.id)
    assert (made.state, made.reproduced, made.differences) == (CapsuleState.READY, True, [])
    assert serving.clusters.asked == 1
    assert made.models[0].shadow is False
    assert {one.version_id for one in made.models} >= {version}
    assert (await opened(platform, tenant, principal, score)).id == first.id

    async with platform.unit(tenant) as uow:
        found = await api.download(uow, principal, first.id)
    [(name, size)] = found.parts
    data = plant.bucket.client.get_object(plant.bucket.name, name).read()
    assert len(data) == size == found.bytes
    capsule = Capsule.decode(data)
    assert capsule.manifest["score"]["version"] == str(version)
    assert capsule.manifest["processor"]["vectors"]


async def test_a_cluster_refuses_what_is_no_capsule(principal: Any, serving: Any) -> None:
    with pytest.raises(RowsRefused, match="no capsule"):
        await reproduce(serving, principal, b"rows")


async def test_without_a_cluster_it_is_made_and_asked_later(
    platform: Any, tenant: Any, principal: Any, plant: ScoredPlant, serving: Any
) -> None:
    away = replace(serving, clusters=Clusters(None))
    first = await opened(platform, tenant, principal, ref(plant, -7))
    await jobs.make(away, tenant.id, {"capsule_id": str(first.id)})
    made = await again(platform, tenant, principal, first.id)
    assert (made.state, made.reproduced) == (CapsuleState.READY, None)
    assert made.remark.startswith("Scores cannot be given now: the serving cluster is ready")
    assert (await opened(platform, tenant, principal, ref(plant, -7))).state is CapsuleState.MAKING
    await jobs.make(serving, tenant.id, {"capsule_id": str(first.id)})
    assert (await again(platform, tenant, principal, first.id)).reproduced is True


async def test_an_alarm_opens_as_the_score_that_raised_it(
    platform: Any, tenant: Any, principal: Any, plant: ScoredPlant
) -> None:
    asset, time, version, _ = next(one for one in reversed(plant.scores) if one[3] == wire.ROLE_CHAMPION)
    async with platform.unit(tenant) as uow:
        case = CaseRow(tenant_id=tenant.id, asset_id=asset, title="c", opened_at=time)
        uow.session.add(case)
        await uow.session.flush()
        alarm = AlarmRow(
            tenant_id=tenant.id, asset_id=asset, case_id=case.id, rule="r", raised_at=time, peak=2.0, top=[]
        )
        uow.session.add(alarm)
        await uow.commit()
    found = await api.find_alarm_score(platform.platform, principal, alarm.id)
    assert found == ScoreRef(asset, time, version, False)


async def test_what_is_not_there_is_told(platform: Any, tenant: Any, principal: Any, plant: ScoredPlant) -> None:
    asset, time, version, _ = plant.scores[0]
    ours = platform.platform
    with pytest.raises(ScoreNotFound, match="no version answered a row"):
        await api.find_score(ours, principal, asset, time + timedelta(milliseconds=1))
    with pytest.raises(ScoreNotFound):
        await api.find_score(ours, principal, asset, time, new_id())
    with pytest.raises(Invalid, match="no offset"):
        await api.find_score(ours, principal, asset, time.replace(tzinfo=None))
    gone = await opened(platform, tenant, principal, ScoreRef(asset, time + timedelta(days=900), version, False))
    await jobs.make(ours, tenant.id, {"capsule_id": str(gone.id)})
    failed = await again(platform, tenant, principal, gone.id)
    assert (failed.state, failed.problem.code) == (CapsuleState.FAILED, "SCORE_NOT_FOUND")
    async with platform.unit(tenant) as uow:
        with pytest.raises(CapsuleNotReady):
            await api.download(uow, principal, gone.id)
        with pytest.raises(CapsuleNotFound):
            await api.keep_capsule(uow, principal, new_id(), "x")


async def test_kept_ones_stay_and_others_go_with_their_files(
    platform: Any, tenant: Any, principal: Any, plant: ScoredPlant, serving: Any
) -> None:
    ids = []
    for place in (-20, -21):
        found = await opened(platform, tenant, principal, ref(plant, place))
        await jobs.make(serving, tenant.id, {"capsule_id": str(found.id)})
        ids.append(found.id)
    async with platform.unit(tenant) as uow:
        kept = await api.keep_capsule(uow, principal, ids[0], " A worn bearing ")
        assert (kept.kept_as, kept.expires_at) == ("A worn bearing", None)
        for name in ("", " ", "x" * 101, "a\nb"):
            with pytest.raises(Invalid, match="1 to 100 printable"):
                await api.keep_capsule(uow, principal, ids[0], name)
        await uow.commit()
    later = replace(serving, clock=lambda: datetime.now(UTC) + timedelta(days=31))
    await jobs.clear(later, tenant.id, {})
    async with platform.unit(tenant) as uow:
        assert [one.id for one in await api.list_capsules(uow, principal)] == [ids[0]]
        assert [one.id for one in await api.list_capsules(uow, principal, kept=True)] == [ids[0]]
        assert await api.list_capsules(uow, principal, asset_id=new_id()) == []
        assert await api.remove_capsule(uow, principal, ids[0]) == ids[0]
        await uow.commit()
    await making.clear(replace(serving, clock=lambda: datetime.now(UTC) + timedelta(seconds=1)), tenant.id)
    async with platform.unit(tenant) as uow:
        assert await api.list_capsules(uow, principal) == []
    assert list(plant.bucket.client.list_objects(plant.bucket.name, "capsules/", recursive=True)) == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PARTNER])
async def test_it_takes_a_right(platform: Any, tenant: Any, principal: Any, plant: ScoredPlant, role: Role) -> None:
    lesser = replace(principal, permissions=RIGHTS[role], role=role)
    async with platform.unit(tenant) as uow:
        for call in (
            api.open_capsule(uow, lesser, ref(plant, 0)),
            api.list_capsules(uow, lesser),
            api.get_capsules(uow, lesser, []),
            api.keep_capsule(uow, lesser, new_id(), "x"),
            api.remove_capsule(uow, lesser, new_id()),
            api.download(uow, lesser, new_id()),
        ):
            with pytest.raises(Forbidden, match="open_capsules"):
                await call


def test_a_large_one_is_refused_before_it_is_made(plant: ScoredPlant, monkeypatch: Any) -> None:
    from services.capsules import gathering
    from services.capsules.errors import CapsuleTooLarge

    wanted = plant.wanted(*plant.scores[-1])
    for name in ("MOST_ROWS", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(gathering, name, 5)
            with pytest.raises(CapsuleTooLarge):
                gathering.gather(plant.bucket, wanted)


def test_a_model_that_is_gone_is_told(plant: ScoredPlant) -> None:
    from services.capsules import gathering
    from services.capsules.errors import ModelGone

    wanted = plant.wanted(*plant.scores[-1])
    with pytest.raises(ModelGone, match="registry"):
        gathering.gather(plant.bucket, replace(wanted, versions={}))
    lost = {id_: replace(one, artefact_digest="f" * 64) for id_, one in wanted.versions.items()}
    with pytest.raises(ModelGone, match="bucket"):
        gathering.gather(plant.bucket, replace(wanted, versions=lost))
