"""Plans to retrain over the API."""

from datetime import timedelta

import pytest
from gateway_client import make_app, signed_in
from sqlmodel import select

from services.assets import api as assets
from services.assets.contracts import Label, NewAsset
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now
from services.kernel.rights import Role
from services.retraining import notice
from services.retraining.tables import PlanRow

pytestmark = pytest.mark.platform

PLAN = """{ id name when { trigger everyDays hour zone delayHours alarms withinDays } lookbackDays labels asset { key }
  blueprint promotion startFrom paused nextDue createdBy }"""
CHANGES = {
    name: f"""
mutation change($input: {kind}!) {{
  {name}(input: $input) {{ ... on RetrainingPlan {PLAN} ... on Error {{ code field message }} }}
}}
"""
    for name, kind in {
        "createRetrainingPlan": "CreateRetrainingPlanInput",
        "changeRetrainingPlan": "ChangeRetrainingPlanInput",
        "pauseRetrainingPlan": "RetrainingPlanInput",
        "resumeRetrainingPlan": "RetrainingPlanInput",
        "removeRetrainingPlan": "RetrainingPlanInput",
    }.items()
}
SHOWN = """
query show($id: ID!, $after: String) {
  retrainingPlan(id: $id) { occasions(first: 2, after: $after, state: WAITING) {
    edges { node { state message moment asset { key } run { id } plan { id } } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""


async def test_a_plan_is_made_changed_paused_shown_and_removed(platform, tenant, principal):
    offered = blueprints.everything().blueprints["laser-drill-watch"].blueprint
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.contract)
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"r{n}", "Drill", "Works", "Hall", contract.key, (Label("kind", "r"),)) for n in range(3)]
        await assets.create_assets(uow, principal, new)
        await uow.commit()
    client = await signed_in(make_app(platform.platform), tenant)

    async def change(name, /, **input):
        return (await client.ask(CHANGES[name], input=input))[name]

    weekly = {"trigger": "INTERVAL", "everyDays": 7, "hour": 2, "zone": "Europe/Vienna"}
    asked = {"name": "Weekly", "when": weekly, "lookbackDays": 30, "labels": "kind=r", "blueprint": offered.key}
    plan = await change("createRetrainingPlan", **asked, idempotencyKey="once")
    assert await change("createRetrainingPlan", **asked, idempotencyKey="once") == plan
    id, due = plan["id"], plan["nextDue"]
    nothing = {"delayHours": None, "alarms": None, "withinDays": None}
    assert plan == {
        "id": id, "name": "Weekly", "when": weekly | nothing, "lookbackDays": 30, "labels": "kind=r", "asset": None,
        "blueprint": offered.key, "promotion": "BY_HAND", "startFrom": "NOTHING", "paused": False, "nextDue": due,
        "createdBy": "Admin",
    }  # fmt: skip
    again = await change("createRetrainingPlan", **asked)
    assert (again["code"], again["field"]) == ("RETRAINING_PLAN_EXISTS", "name")
    wrong = await change("createRetrainingPlan", **(asked | {"name": "Other", "when": weekly | {"hour": 24}}))
    assert wrong == {
        "code": "RETRAINING_PLAN_INVALID", "field": "hour", "message": "“hour” must lie between 0 and 23.",
    }  # fmt: skip

    async with platform.unit(tenant) as uow:
        (await uow.session.exec(select(PlanRow))).one().next_due = utc_now() - timedelta(minutes=1)
        await uow.session.flush()
        await notice.notice(uow, principal, utc_now())
        await uow.commit()
    page = (await client.ask(SHOWN, id=id))["retrainingPlan"]["occasions"]
    rest = (await client.ask(SHOWN, id=id, after=page["pageInfo"]["endCursor"]))["retrainingPlan"]["occasions"]
    nodes = [edge["node"] for found in (page, rest) for edge in found["edges"]]
    assert sorted(node.pop("asset")["key"] for node in nodes) == ["r0", "r1", "r2"]
    assert len({node.pop("moment") for node in nodes}) == 1
    assert nodes == 3 * [{"state": "WAITING", "message": "Its range is judged next.", "run": None, "plan": {"id": id}}]
    of_asset = '{ asset(key: "r0") { retraining { state plan { name } } } retrainingPlans { edges { node { id } } } }'
    assert await client.ask(of_asset) == {
        "asset": {"retraining": {"state": "WAITING", "plan": {"name": "Weekly"}}},
        "retrainingPlans": {"edges": [{"node": {"id": id}}]},
    }

    assert (await change("pauseRetrainingPlan", planId=id)) == plan | {"paused": True, "nextDue": None}
    assert (await change("resumeRetrainingPlan", planId=id))["nextDue"] == due
    flood = {"trigger": "ALARM_FLOOD", "alarms": 5, "withinDays": 7}
    other = asked | {"when": flood, "promotion": "AUTOMATIC", "startFrom": "CHAMPION", "name": "Flood"}
    changed = await change("changeRetrainingPlan", **other, planId=id)
    assert (changed["name"], changed["promotion"], changed["nextDue"]) == ("Flood", "AUTOMATIC", None)
    assert changed["startFrom"] == "CHAMPION"
    assert changed["when"] == dict.fromkeys(weekly | nothing) | flood
    assert (await change("removeRetrainingPlan", planId=id)) == changed
    assert (await change("removeRetrainingPlan", planId=id))["code"] == "RETRAINING_PLAN_NOT_FOUND"
    assert (await client.ask(SHOWN, id=id))["retrainingPlan"] is None


async def test_a_partner_sees_plans_and_pauses_none(platform, tenant):
    client = await signed_in(make_app(platform.platform), tenant, Role.PARTNER)
    input = {"planId": "x"}
    refused = (await client.ask(CHANGES["pauseRetrainingPlan"], input=input))["pauseRetrainingPlan"]
    assert refused["code"] == "FORBIDDEN"
