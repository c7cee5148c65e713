"""The SDK's typed clients against a gateway that listens: methods, classes, waiting, refusals."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from gateway_client import make_key
from tqdm import tqdm as TQDM

from andon_sdk.client import AsyncClient, Bar, Client, ClientError, NotSignedIn, Refused, done, waiting
from andon_sdk.client.typed import (
    CreateAssetsInput,
    EventKind,
    EventSource,
    NewAssetInput,
    NewEventInput,
    PutContractInput,
    RecordEventInput,
    RecordEventsInput,
    RunState,
    SignalInput,
    StartRunInput,
)
from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.kernel.ids import new_id
from services.kernel.rights import Permission
from services.training import contracts as training
from services.training.tables import RunRow

pytestmark = pytest.mark.platform

CONTRACT = Contract("waited", "Waited", (Signal("a", "A", "1", 0, 9),), 1.0)
START = datetime(2026, 3, 1, tzinfo=UTC)
LATHE = PutContractInput(
    key="lathe", title="Lathe", periodS=1.0, signals=[SignalInput(key="load", title="Load", unit="kN", low=0, high=10)]
)
ROWS = pa.table({"asset": ["lathe-1"], "time": pa.array([START]), "load": [1.0]})


@pytest.fixture
async def place(platform, tenant, address) -> tuple[str, str]:
    """(url, key)"""
    return f"http://{address}", await make_key(platform.platform, tenant)


@pytest.fixture(scope="module")
async def run(platform, tenant, principal) -> RunRow:
    """A run under way."""
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, CONTRACT)
        made = RunRow(
            tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=contract.id, contract_version=1,
            asset_count=1, start=START, end=START, parameters={}, seed=0, created_by="x",
            state=training.RunState.TRAINING.value, progress=0.25,
        )  # fmt: skip
        uow.session.add(made)
        await uow.commit()
    return made


async def end(platform: Any, tenant: Any, run: RunRow) -> None:
    await asyncio.sleep(0.4)
    async with platform.unit(tenant) as uow:
        row = await uow.session.merge(run)
        row.state, row.progress, row.ended_at = training.RunState.CANCELLED.value, 0.5, START
        await uow.commit()


async def test_a_plant_is_made_and_read_with_classes(place, tenant):
    def work() -> None:
        with Client(*place) as andon:
            who = andon.api.who()
            assert (who.me.kind, who.tenant.slug) == ("key", tenant.slug)
            contract = done(andon.api.put_contract(LATHE))
            assert (contract.key, contract.version, contract.signals[0].unit) == ("lathe", 1, "kN")
            new = NewAssetInput(key="lathe-1", title="Lathe 1", site="Ulsan", line="Line 1", contract="lathe")
            [asset] = done(andon.api.create_assets(CreateAssetsInput(assets=[new]))).assets
            assert (asset.key, asset.site, asset.labels) == ("lathe-1", "Ulsan", [])
            assert andon.ingest("lathe", ROWS)["stored"] == 1
            event = RecordEventInput(assetId=asset.id, kind=EventKind.PART_REPLACED, time=START, part="chuck")
            recorded = done(andon.api.record_event(event))
            assert (recorded.time, recorded.part, recorded.note) == (START, "chuck", "")
            bulk = [NewEventInput(assetId=asset.id, kind=EventKind.RECIPE_CHANGE, time=START + timedelta(days=1))]
            [changed] = done(andon.api.record_events(RecordEventsInput(events=bulk))).events
            assert (changed.kind, changed.begins_regime, changed.source) == (
                EventKind.RECIPE_CHANGE, True, EventSource.API,
            )  # fmt: skip
            page = andon.api.assets(first=1, contract="lathe")
            assert (page.total_count, [edge.node.key for edge in page.edges]) == (1, ["lathe-1"])
            assert andon.query("{ tenant { slug } }") == {"tenant": {"slug": tenant.slug}}

    await asyncio.to_thread(work)


async def test_a_refusal_says_why(platform, tenant, place):
    def work(viewer: str) -> None:
        with Client(*place) as andon:
            order = StartRunInput(blueprint="nobody's", assetIds=[], start=START, end=START + timedelta(days=1))
            with pytest.raises(Refused) as caught:
                done(andon.api.start_run(order))
            assert caught.value.code in {"NO_ASSETS", "BLUEPRINT_NOT_FOUND"}
            with pytest.raises(Refused) as caught:
                andon.query("{ nothing }")
            assert caught.value.code == "QUERY_INVALID"
            with pytest.raises(ClientError, match="There is no run"):
                andon.wait(global_id("Run", new_id()))
        with Client(place[0], viewer) as andon:
            with pytest.raises(Refused) as caught:
                andon.api.who()
            assert (caught.value.code, caught.value.facts) == ("FORBIDDEN", {"permission": "query"})
        with Client(place[0], "andon_nonsense") as andon, pytest.raises(NotSignedIn):
            andon.api.who()

    await asyncio.to_thread(work, await make_key(platform.platform, tenant, Permission.VIEW))


async def test_a_run_is_waited_for_with_a_bar(platform, tenant, place, run, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(waiting, "tqdm", lambda **how: TQDM(file=shown, **how))

    def work() -> tuple[RunState, float]:
        with Client(*place) as andon, Bar() as bar:
            ended = andon.wait(global_id("Run", run.id), progress=bar, every_s=0.1)
        return ended.state, ended.progress

    found, _ = await asyncio.gather(asyncio.to_thread(work), end(platform, tenant, run))
    assert found == (RunState.CANCELLED, 0.5)
    assert "training" in shown.getvalue()
    assert "cancelled" in shown.getvalue()
    assert " 50 %" in shown.getvalue()


async def test_the_same_is_awaited(place, tenant, run):
    async with AsyncClient(*place) as andon:
        assert (await andon.api.who()).tenant.slug == tenant.slug
        assert done(await andon.api.put_contract(LATHE)).version == 1
        assert (await andon.wait(global_id("Run", run.id))).state is RunState.CANCELLED
        assert (await andon.ingest("lathe", ROWS))["duplicates"] == 1
        with pytest.raises(Refused) as caught:
            await andon.query("{ nothing }")
        assert caught.value.code == "QUERY_INVALID"
