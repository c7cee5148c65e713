"""The way out of an edge, against a gateway that listens: each moment of an alarm comes once, whatever is killed."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from gateway_client import admin_of, make_key
from receiver import Receiver, answer
from sqlalchemy import update

from andon_sdk.client import AsyncClient, ClientError
from andon_sdk.destination import Moment, Notice, Sink
from andon_sdk.edge.outward.courier import Courier
from andon_sdk.edge.outward.follow import Follower, Route
from andon_sdk.edge.outward.waiting import Waiting
from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.edges import api as edges
from services.kernel.clock import utc_now
from services.kernel.rights import Permission
from services.monitoring import api as monitoring
from services.monitoring.tables import AlarmRow, CaseRow

pytestmark = pytest.mark.platform

CONTRACT = Contract("pump", "Pump", (Signal("flow", "Flow", "l/min", 0, 9),), 1.0)
ANY = frozenset(Moment)


@pytest.fixture(scope="module")
async def pumps(platform, tenant):
    """{key: asset id} of two pumps, one on each of two lines."""
    principal = admin_of(tenant)
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, CONTRACT)
        new = [NewAsset(f"pump-{each}", f"Pump {each}", "Ulm", f"L{each}", "pump") for each in (1, 2)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    return {asset.key: asset.id for asset in made}


@pytest.fixture
async def andon(platform, tenant, address):
    async with AsyncClient(f"http://{address}", await make_key(platform.platform, tenant), patience_s=0) as client:
        yield client


class Edge:
    """An edge whose destination only gathers; a new one of the same folder is the same edge after a restart."""

    def __init__(self, andon: AsyncClient, folder: Path, **wanted: tuple[str, ...]) -> None:
        self.waiting = Waiting(folder)
        courier = Courier("lights", Sink, self.waiting, utc_now)  # type: ignore[arg-type]  # it never runs here
        self.follower = Follower(andon, [Route(courier, ANY, **wanted)], folder / "alarms.json", utc_now)

    async def found(self) -> list[tuple[str, str]]:
        """(asset, moment) of what a look put into the queue."""
        await self.follower.poll()
        notices = list[Notice]()
        while queued := self.waiting.next(utc_now()):
            notices.append(queued.notice)
            self.waiting.done(queued)
        return [(notice.asset, str(notice.moment)) for notice in notices]


async def raised(platform, tenant, asset_id, **facts) -> AlarmRow:
    async with platform.unit(tenant) as uow:
        case = CaseRow(tenant_id=tenant.id, asset_id=asset_id, title="c", state="open", opened_at=utc_now())
        uow.session.add(case)
        await uow.session.flush()
        alarm = AlarmRow(
            tenant_id=tenant.id, asset_id=asset_id, case_id=case.id, rule="wear", raised_at=utc_now(), peak=2.5,
            top=[["flow", 0.75]], **facts,
        )  # fmt: skip
        uow.session.add(alarm)
        await uow.commit()
    return alarm


async def cleared(platform, tenant, alarm: AlarmRow) -> None:
    """The alarm, and with it the case, of which an asset has one at a time."""
    facts = {"cleared_at": utc_now(), "cleared_because": "recovered", "state": "cleared"}
    async with platform.unit(tenant) as uow:
        await uow.session.execute(update(AlarmRow).where(AlarmRow.id == alarm.id).values(**facts))  # type: ignore[arg-type]
        closed = update(CaseRow).where(CaseRow.id == alarm.case_id).values(closed_at=utc_now())  # type: ignore[arg-type]
        await uow.session.execute(closed)
        await uow.commit()


async def test_each_moment_comes_once(platform, tenant, pumps, andon, tmp_path):
    admin = admin_of(tenant)
    first = await raised(platform, tenant, pumps["pump-1"])
    edge = Edge(andon, tmp_path)
    assert await edge.found() == [("pump-1", "raised")]  # it was on when the edge started
    assert await edge.found() == []
    second = await raised(platform, tenant, pumps["pump-2"])
    async with platform.unit(tenant) as uow:
        await monitoring.acknowledge(uow, admin, first.id)
        await uow.commit()
    assert sorted(await edge.found()) == [("pump-1", "acknowledged"), ("pump-2", "raised")]
    again = Edge(andon, tmp_path)
    assert await again.found() == []
    await cleared(platform, tenant, first)
    until = utc_now() + timedelta(seconds=1)
    async with platform.unit(tenant) as uow:
        await monitoring.shelve(uow, admin, second.id, until)
        await uow.commit()
    assert sorted(await again.found()) == [("pump-1", "cleared"), ("pump-2", "shelved")]
    await asyncio.sleep((until - utc_now()).total_seconds() + 0.01)
    assert await again.found() == [("pump-2", "returned")]  # its shelf ended by time, which changes no row
    await cleared(platform, tenant, second)
    assert await again.found() == [("pump-2", "cleared")]
    assert await Edge(andon, tmp_path).found() == []


async def test_what_was_not_noted_is_found_again_with_the_same_id(platform, tenant, pumps, andon, tmp_path):
    """Killed after the notice was put into the queue and before that was noted."""
    alarm = await raised(platform, tenant, pumps["pump-1"])
    edge = Edge(andon, tmp_path)
    await edge.follower.poll()
    (tmp_path / "alarms.json").unlink()
    again = Edge(andon, tmp_path)
    assert await again.found() == [("pump-1", "raised")], "once, as it still waited"
    await cleared(platform, tenant, alarm)
    assert await again.found() == [("pump-1", "cleared")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"lines": ("L2",)}, ["pump-2"]),
        ({"assets": ("pump-*",)}, ["pump-1", "pump-2"]),
        ({"assets": ("drill-*",)}, []),
        ({"rules": ("wear",), "assets": ("*-1",)}, ["pump-1"]),
    ],
)
async def test_only_what_a_destination_wants(platform, tenant, pumps, andon, tmp_path, wanted, found):
    alarms = [await raised(platform, tenant, asset) for asset in pumps.values()]
    assert sorted(asset for asset, _ in await Edge(andon, tmp_path, **wanted).found()) == found
    for alarm in alarms:
        await cleared(platform, tenant, alarm)


async def test_nothing_is_noted_while_andon_is_away(tmp_path):
    async with AsyncClient("http://127.0.0.1:9", "andon_none", patience_s=0) as nowhere:
        edge = Edge(nowhere, tmp_path)
        with pytest.raises(ClientError):
            await edge.follower.poll()
    assert not (tmp_path / "alarms.json").exists()


FILE = """[andon]
url = "{url}"
key = {{ env = "ANDON_KEY" }}
edge = "hall-3"
alarms_every_s = 1

[buffer]
folder = "{folder}"

[[destination]]
name = "orders"
destination = "tickets"
assets = ["pump-1"]

[destination.settings]
create = {{ url = "{orders}/orders", body = {{ machine = "$asset", title = "$headline" }} }}
close = {{ url = "{orders}/orders/$ticket", method = "PATCH", body = {{ state = "done" }} }}
"""


@pytest.fixture
async def edge(platform, tenant, address, tmp_path):
    """(a receiver of orders, a way to start the edge that sends them)"""
    env = os.environ | {
        "ANDON_KEY": await make_key(platform.platform, tenant, Permission.VIEW, Permission.QUERY, Permission.INGEST)
    }
    running = list[subprocess.Popen[bytes]]()
    async with Receiver.listening() as orders:
        file = tmp_path / "edge.toml"
        file.write_text(FILE.format(url=f"http://{address}", folder=tmp_path / "buffer", orders=orders.url))

        def start() -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "andon_sdk.edge.cli"]
            running.append(subprocess.Popen([*command, "run", str(file)], env=env))
            return running[-1]

        def status() -> dict:
            command = [sys.executable, "-m", "andon_sdk.edge.cli", "status", str(file), "--json"]
            return json.loads(subprocess.run(command, env=env, capture_output=True, check=True).stdout)

        yield orders, start, status
    for process in running:
        process.kill()
        process.wait()


async def test_an_edge_that_is_killed_closes_the_order_it_opened(platform, tenant, pumps, edge):
    orders, start, status = edge
    orders.answers.append(answer(201, b'{"id": 17}'))
    process = start()
    alarm = await raised(platform, tenant, pumps["pump-1"])
    other = await raised(platform, tenant, pumps["pump-2"])
    [opened] = await orders.got(1)
    assert (opened.target, json.loads(opened.body)) == (
        "/orders", {"machine": "pump-1", "title": "Pump 1: alarm raised"},
    )  # fmt: skip
    process.kill()
    process.wait()
    await cleared(platform, tenant, alarm)
    await cleared(platform, tenant, other)
    start()
    [_, closed] = await orders.got(2)
    assert (closed.target, json.loads(closed.body)) == ("/orders/17", {"state": "done"})
    async with asyncio.timeout(10):
        while (said := (await asyncio.to_thread(status))["destinations"]["orders"])["waiting"]:
            await asyncio.sleep(0.1)
    assert (said["state"], said["put_aside"], said["asks_andon"]) == ("works", 0, "ok")
    async with platform.unit(tenant) as uow:
        [reported] = await edges.list_edges(uow, admin_of(tenant))
    assert (reported.report.name, reported.key, reported.silent) == ("hall-3", "a program", False)
    assert [each.name for each in reported.report.destinations] == ["orders"]
