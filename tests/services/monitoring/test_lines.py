"""Lines, worst first, with the machines that hold them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from statements import statements

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.monitoring import api
from services.monitoring.contracts import Health, Line
from services.monitoring.tables import AlarmRow, CaseRow, HealthRow

pytestmark = pytest.mark.platform
NOW = utc_now()


async def plant(uow: Any, principal: Any, *places: tuple[str, str]) -> list[UUID]:
    """A machine for each (site, line)."""
    name = new_id().hex[-12:]
    signals = (Signal("a", "A", "1", 0, 1),)
    contract = await assets.put_contract(uow, principal, Contract(f"c-{name}", "Contract", signals, 1.0))
    new = [NewAsset(f"{name}-{i:04}", f"M {i}", *place, f"c-{name}") for i, place in enumerate(places)]
    made = await assets.create_assets(uow, principal, new)
    by_key = {each.key: each.id for each in made}
    ids = [by_key[each.key] for each in new]
    fresh = {"contract_id": contract.id, "silent_after_s": 60.0, "deployed_at": NOW, "seen_at": utc_now()}
    uow.session.add_all([HealthRow(tenant_id=uow.tenant, id=id_, last_row_at=NOW, route=0, **fresh) for id_ in ids])
    await uow.session.flush()
    return ids


async def alarm(uow: Any, asset_id: UUID, minutes_ago: int, **known: Any) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    case = CaseRow(tenant_id=uow.tenant, asset_id=asset_id, title="t", opened_at=at)
    uow.session.add(case)
    await uow.session.flush()
    facts = {"rule": "watch", "raised_at": at, "peak": 2.0, "top": [], "case_id": case.id}
    uow.session.add(AlarmRow(tenant_id=uow.tenant, asset_id=asset_id, **facts | known))
    await uow.session.flush()


async def change(uow: Any, asset_id: UUID, **known: Any) -> None:
    row = await uow.session.get_one(HealthRow, (uow.tenant, asset_id))
    for name, value in known.items():
        setattr(row, name, value)
    await uow.session.flush()


async def seen(uow: Any, principal: Any, site: str) -> list[Line]:
    """Those of the site; a test's tenant is shared."""
    return [line for line in await api.list_lines(uow, principal, 100) if line.site == site]


async def test_a_line_is_as_its_worst_machine_and_names_who_holds_it(uow, principal):
    site = new_id().hex[-12:]
    machines = await plant(uow, principal, *[(site, "L1")] * 4, *[(site, "L2")] * 3, *[(site, "L3")] * 2, (site, "L4"))
    late, early, shelved, good = machines[:4]
    silent, blind, _ = machines[4:7]
    await alarm(uow, late, 5)
    await alarm(uow, early, 50)
    await alarm(uow, shelved, 90, state="shelved", shelved_until=NOW + timedelta(hours=1))
    hour = timedelta(hours=1)
    await change(uow, silent, seen_at=NOW - hour, last_row_at=NOW - hour, deployed_at=NOW - 2 * hour)
    await change(uow, blind, route=2)
    await change(uow, machines[9], deployed_at=None)
    l1, l2, l3, l4 = await seen(uow, principal, site)
    none = dict.fromkeys(Health, 0)
    assert [(line.line, line.health) for line in (l1, l2, l3, l4)] == [
        ("L1", Health.ALARM), ("L2", Health.SILENT), ("L3", Health.NORMAL), ("L4", Health.NO_MODEL),
    ]  # fmt: skip
    assert l1.counts == none | {Health.ALARM: 2, Health.NORMAL: 2}
    assert l2.counts == none | {Health.SILENT: 1, Health.BLIND: 1, Health.NORMAL: 1}
    assert [(held.asset_id, held.health, held.since) for held in l1.holders] == [
        (early, Health.ALARM, NOW - timedelta(minutes=50)), (late, Health.ALARM, NOW - timedelta(minutes=5)),
    ]  # fmt: skip
    assert [(held.asset_id, held.health) for held in l2.holders] == [(silent, Health.SILENT), (blind, Health.BLIND)]
    assert (l3.holders, l4.holders) == ((), ())
    assert good not in {held.asset_id for held in l1.holders}


async def test_pages_meet_and_a_statement_is_enough(uow, principal, platform):
    site = new_id().hex[-12:]
    machines = await plant(uow, principal, *[(site, f"L{number:02}") for number in range(12) for _ in range(7)])
    for machine in machines[35:42]:
        await alarm(uow, machine, 5)
    with statements(platform.platform.database) as sent:
        whole = await api.list_lines(uow, principal, 1000)
    assert len(sent) == 1
    walked, after = [], None
    while page := await api.list_lines(uow, principal, 5, after):
        walked += page
        after = page[-1].place
    assert walked == whole
    worst = next(line for line in whole if line.site == site)
    assert (worst.line, worst.counts[Health.ALARM], len(worst.holders)) == ("L05", 7, 5)
    assert sum(sum(line.counts.values()) for line in whole if line.site == site) == len(machines)
