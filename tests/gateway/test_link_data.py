"""A notebook's data asked of a gateway that listens."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from gateway_client import admin_of, make_key

from andon_sdk.client import Client
from andon_sdk.link import data
from andon_sdk.link.data import tenant as asking
from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.bulk import worker
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.rights import Permission
from services.readings import api as readings
from services.readings import historian

pytestmark = pytest.mark.platform

START = datetime(2026, 3, 1, tzinfo=UTC)
PUMPS = Contract(
    "pumps",
    "Pumps",
    (Signal("temperature", "T", "degC", -20.0, 150.0), Signal("load", "L", "kN", 0.0, 10.0, exogenous=True)),
    60.0,
)
MANY = 104
"""More than a page of assets."""


@dataclass
class Place:
    url: str
    key: str

    async def ask(self, what: Any, key: str | None = None) -> Any:
        """What `what(plant)` gives, in a thread as a kernel is one."""

        def asked() -> Any:
            with Client(self.url, key or self.key) as client:
                return what(asking.Plant(client))

        return await asyncio.to_thread(asked)


@pytest.fixture(scope="module")
async def place(platform, tenant, address) -> Any:
    admin = admin_of(tenant)
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, admin, PUMPS)
        await assets.put_contract(
            uow, admin, Contract("fans", "Fans", (Signal("speed", "S", "1/min", 0.0, 9000.0),), 1.0)
        )
        made = await assets.create_assets(
            uow, admin, [NewAsset(f"p{n:03d}", f"Pump {n}", "Ulsan", "Line 1", "pumps") for n in range(MANY)]
        )
        await assets.create_assets(uow, admin, [NewAsset("fan", "Fan", "Ulsan", "Line 1", "fans")])
        await events.record_events(
            uow,
            admin,
            [
                NewEvent(made[0].id, EventKind.PART_REPLACED, START + timedelta(minutes=5), part="seal"),
                NewEvent(made[0].id, EventKind.MAINTENANCE, START + timedelta(minutes=2)),
            ],
        )
        await uow.commit()
    working = [asyncio.create_task(each(platform.platform, tenant.id)) for each in (historian.consume, worker.work)]
    place = Place(f"http://{address}", await make_key(platform.platform, tenant))
    times = pa.array([START + timedelta(minutes=n) for n in range(300)] * 2)
    rows = pa.table(
        {
            "asset": ["p001"] * 300 + ["p000"] * 300,
            "time": times,
            "temperature": [20.0 + n % 50 for n in range(300)] * 2,
            "load": pa.array([None if n % 3 == 0 else 1.5 for n in range(300)] * 2, pa.float64()),
        }
    )
    await asyncio.to_thread(lambda: Client(place.url, place.key).ingest("pumps", rows))
    await readings.settled(platform.platform, tenant.id, contract.id)
    yield place
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def test_rows_of_an_asset_have_time_and_the_contracts_signals(place):
    bars: list[float] = []
    found = await place.ask(
        lambda plant: plant.rows(
            "p000", START, START + timedelta(minutes=3), progress=lambda job: bars.append(job.progress)
        )
    )
    assert found.to_dict(as_series=False) == {
        "time": [START, START + timedelta(minutes=1), START + timedelta(minutes=2)],
        "temperature": [20.0, 21.0, 22.0],
        "load": [None, 1.5, 1.5],
    }
    assert found.schema["time"] == pl.Datetime("us", "UTC")
    assert bars[-1] == 1.0


async def test_rows_of_several_assets_are_told_apart(place):
    found = await place.ask(
        lambda plant: plant.rows(["p001", "p000"], "2026-03-01T00:00Z", "2026-03-01T00:02:00+00:00")
    )
    assert found.select("asset", "temperature").rows() == [
        ("p000", 20.0),
        ("p001", 20.0),
        ("p000", 21.0),
        ("p001", 21.0),
    ]


async def test_a_snapshot_is_the_same_rows_without_an_andon(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = await place.ask(lambda plant: plant.snapshot("march", "p000", START, START + timedelta(days=1)))
    assert (made.rows, made.signals, made.assets, made.contract) == (
        300, ("temperature", "load"), ("p000",), "pumps 1",
    )  # fmt: skip
    assert made.path.name == f"{made.digest}.parquet"
    again = await place.ask(lambda plant: plant.snapshot("again", ["p000"], START, START + timedelta(days=1)))
    assert again.digest == made.digest
    assert data.pinned("march", made.digest)["temperature"].to_list() == [20.0 + n % 50 for n in range(300)]


async def test_what_a_tenant_has_is_listed_over_all_pages(place):
    found = await place.ask(lambda plant: plant.assets())
    assert found.height == MANY + 1
    one = await place.ask(lambda plant: plant.assets(contract="fans"))
    assert one.row(0, named=True) == {
        "asset": "fan", "title": "Fan", "site": "Ulsan", "line": "Line 1", "contract": "fans",
        "health": "no_model", "last_row_at": None,
    }  # fmt: skip
    contracts = await place.ask(lambda plant: plant.contracts())
    assert contracts.filter(pl.col("contract") == "pumps").select("signal", "unit", "exogenous").rows() == [
        ("temperature", "degC", False),
        ("load", "kN", True),
    ]
    assert await place.ask(lambda plant: plant.contract("pumps")) == PUMPS


async def test_events_come_in_order_of_time(place):
    found = await place.ask(lambda plant: plant.events("p000"))
    assert found.select("kind", "time", "part").rows() == [
        ("maintenance", START + timedelta(minutes=2), None),
        ("part_replaced", START + timedelta(minutes=5), "seal"),
    ]


async def test_a_notebook_asks_the_andon_of_its_environment(place, monkeypatch):
    monkeypatch.setenv("ANDON_URL", place.url)
    monkeypatch.setenv("ANDON_KEY", place.key)
    monkeypatch.setattr(data, "_used", [])
    assert (await asyncio.to_thread(data.assets, search="p00")).height == 10
    found = await asyncio.to_thread(data.rows, "p000", START, START + timedelta(minutes=2))
    assert found["temperature"].to_list() == [20.0, 21.0]


async def test_a_trend_is_thinned(place):
    found = await place.ask(
        lambda plant: plant.trend("p000", ["temperature"], START, START + timedelta(hours=5), points=20)
    )
    assert found.columns == ["signal", "time", "value"]
    assert 0 < found.height < 300


@pytest.mark.parametrize(
    ("what", "error", "said"),
    [
        (lambda plant: plant.rows("nobody", START, START + timedelta(days=1)), data.UnknownAsset, "'nobody'"),
        (lambda plant: plant.rows([], START, START + timedelta(days=1)), data.UnknownAsset, "No asset was named"),
        (lambda plant: plant.rows(["fan", "p000"], START, START + timedelta(days=1)), data.UnknownAsset, "fans, pumps"),
        (lambda plant: plant.events("nobody"), data.UnknownAsset, "'nobody'"),
        (lambda plant: plant.contract("nothing"), data.UnknownAsset, "no contract 'nothing'"),
        (lambda plant: plant.rows("p000", START, START), data.BadRange, "is empty"),
        (lambda plant: plant.rows("p000", "2026-03-01", "2026-03-02T00:00Z"), data.BadRange, "has no zone"),
        (lambda plant: plant.rows("p000", START, START + timedelta(days=2000)), data.BadRange, "1830 days"),
        (lambda plant: plant.rows("p002", START, START + timedelta(days=1)), data.NoRows, "Nothing was recorded"),
    ],
)
async def test_what_cannot_be_given_is_told(place, what, error, said):
    with pytest.raises(error, match=said):
        await place.ask(what)


async def test_more_than_a_notebook_holds_is_not_downloaded(place, monkeypatch):
    monkeypatch.setattr(asking, "MOST_VALUES", 500)
    with pytest.raises(data.TooMuch, match="300 rows of 2 signals"):
        await place.ask(lambda plant: plant.rows("p000", START, START + timedelta(days=1)))


async def test_a_key_that_may_not_look_is_told_so(platform, tenant, place):
    with pytest.raises(data.NotAllowed, match="does not take this key"):
        await place.ask(lambda plant: plant.assets(), "andon_wrong")
    blind = await make_key(platform.platform, tenant, Permission.INGEST, Permission.QUERY)
    with pytest.raises(data.NotAllowed, match="FORBIDDEN"):
        await place.ask(lambda plant: plant.assets(), blind)
