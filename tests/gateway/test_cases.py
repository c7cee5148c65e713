"""One case over the wire: its alarms, events, runs and loop."""

from datetime import timedelta

import pytest
from ended_run import ended_run
from gateway_client import make_app, signed_in
from statements import statements

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.ledger import api as ledger
from services.monitoring.tables import AlarmRow, CaseRow

pytestmark = pytest.mark.platform

CASE = """query q($id: ID!, $first: Int! = 20, $after: String) { case(id: $id) {
  title state asset { key } events { part } loop { begunBy state asset { key } }
  runs { edges { node { id state } } }
  gathered(first: $first, after: $after) {
    edges { node { rule caseId } } pageInfo { hasNextPage endCursor }
  }
} }"""
NOW = utc_now()


@pytest.fixture(scope="module")
async def made(platform, tenant, principal):
    """The ids of a case of two alarms and of the run that was started meanwhile; another machine has a case as well."""
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, Contract("cased", "C", (Signal("a", "A", "1", 0, 9),), 1.0))
        new = [NewAsset(key, "Drill", "Ulsan", "Line", "cased") for key in ("c1", "c2")]
        mine, other = await assets.create_assets(uow, principal, new)
        for part, hours in (("Old lens", 80), ("Lens", 3)):
            at = NOW - timedelta(hours=hours)
            await events.record_event(uow, principal, NewEvent(mine.id, EventKind.PART_REPLACED, at, part=part))
        found = []
        for asset in (mine, other):
            case = CaseRow(tenant_id=uow.tenant, asset_id=asset.id, title="Hot", opened_at=NOW - timedelta(hours=1))
            uow.session.add(case)
            await uow.session.flush()
            for rule, cleared in (("first", NOW), ("second", None)):
                alarm = AlarmRow(
                    tenant_id=uow.tenant, asset_id=asset.id, case_id=case.id, rule=rule, raised_at=NOW,
                    cleared_at=cleared, peak=2.0, top=[],
                )  # fmt: skip
                uow.session.add(alarm)
                await uow.session.flush()
            found.append(case.id)
        run = await ended_run(uow, principal, [mine], 1)
        await ledger.follow(uow, system_principal(tenant.id), [mine.id, other.id])
        await uow.commit()
    return found[0], run


async def test_a_case_tells_what_belongs_to_it(platform, tenant, made):
    client = await signed_in(make_app(platform.platform), tenant)
    id = global_id("Case", made[0])
    case = (await client.ask(CASE, id=id, first=1))["case"]
    page = case.pop("gathered")
    rest = (await client.ask(CASE, id=id, first=1, after=page["pageInfo"]["endCursor"]))["case"]["gathered"]
    assert [edge["node"] for edge in page["edges"] + rest["edges"]] == [
        {"rule": "second", "caseId": id}, {"rule": "first", "caseId": id},
    ]  # fmt: skip
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    [run] = [edge["node"]["id"] for edge in case.pop("runs")["edges"]]
    assert run == global_id("Run", made[1])
    assert case == {
        "title": "Hot", "state": "OPEN", "asset": {"key": "c1"}, "events": [{"part": "Lens"}],
        "loop": {"begunBy": "REGIME", "state": "OPEN", "asset": {"key": "c1"}},
    }  # fmt: skip


async def test_a_case_that_is_not_there_is_null_as_is_another_tenants(platform, tenant, other_tenant, made):
    client = await signed_in(make_app(platform.platform), tenant)
    assert await client.ask(CASE, id=global_id("Case", new_id())) == {"case": None}
    stranger = await signed_in(make_app(platform.platform), other_tenant)
    assert await stranger.ask(CASE, id=global_id("Case", made[0])) == {"case": None}


async def test_loops_of_many_cases_are_read_at_once(platform, tenant, made):
    client = await signed_in(make_app(platform.platform), tenant)
    sent = []
    listed = "query q($n: Int!) { cases(first: $n) { edges { node { loop { begunBy } } } } }"
    await client.ask(listed, n=1)  # who asks is known from then on
    for first in (1, 2):
        with statements(platform.platform.database) as asked:
            found = await client.ask(listed, n=first)
        assert len(found["cases"]["edges"]) == first
        sent.append(len(asked))
    assert sent[0] == sent[1]
