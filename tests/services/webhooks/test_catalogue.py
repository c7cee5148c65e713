"""Every type of news is told when what it is about really happens, with the data that the table says."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import drift_plant
import pytest
from score_message import message
from sqlmodel import col, select

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import Label, NewAsset
from services.blueprints import api as blueprints
from services.events import api as events
from services.events.contracts import Correction, EventKind, Models, NewEvent, Trained
from services.kernel import subjects
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.kernel.tables import OutboxRow
from services.monitoring import api as monitoring
from services.monitoring import jobs as watching
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.rollouts import api as rollouts
from services.rollouts.contracts import StartRollout
from services.serving import api as serving
from services.training import api as training
from services.training.contracts import StartRun
from services.webhooks.catalogue import TYPES

OFFERED = blueprints.everything().blueprints["laser-drill-watch"].blueprint
CONTRACT = next(each for each in blueprints.offered_contracts() if each.key == OFFERED.contract)


@pytest.fixture
async def told(webhooks, platform, tenant) -> Any:
    """Does something and answers the messages it came to, by type."""
    endpoint = (await webhooks.endpoint("http://127.0.0.1:1999/", *TYPES)).endpoint

    async def of(*calls: tuple[Any, ...]) -> dict[str, list[dict[str, Any]]]:
        async with platform.unit(tenant) as uow:
            before = set(await uow.session.exec(select(OutboxRow.sequence)))
        seen = {each.id for each in await webhooks.deliveries(endpoint)}
        for call in calls:
            await (call[0](*call[1:]) if call[0] is watching.take else webhooks.do(*call))
        async with platform.unit(tenant) as uow:
            rows = (await uow.session.exec(select(OutboxRow).order_by(col(OutboxRow.sequence)))).all()
        for row in rows:
            if row.sequence not in before and row.kind == "event" and row.name in SOURCES:
                news = {"sequence": row.sequence, "at": row.created_at.isoformat()}
                await webhooks.news(row.name, **row.payload, news=news)
        found: dict[str, list[dict[str, Any]]] = {}
        for each in reversed(await webhooks.deliveries(endpoint)):
            if each.id not in seen:
                body = json.loads(each.body)
                assert list(body) == ["type", "timestamp", "data"]
                assert list(body["data"]) == list(TYPES[each.type].data)
                found.setdefault(each.type, []).append(body["data"])
        return found

    return of


SOURCES = {source for row in TYPES.values() for source in row.sources}


class Plant:
    """A drill with a champion and another one before."""

    asset: UUID
    versions: list[UUID]


@pytest.fixture
async def plant(webhooks, platform, tenant, principal) -> Plant:
    plant, key = Plant(), f"drill-{new_id().hex[-8:]}"
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, CONTRACT)
        [asset] = await assets.create_assets(uow, principal, [NewAsset(key, "Drill", "S", "L", CONTRACT.key)])
        plant.asset, plant.versions = asset.id, []
        for number in range(2):
            lineage = Lineage(new_id(), "s", OFFERED.key, "1", "p", "x", contract.id, contract.version, {}, number)
            [version] = await registry.register(uow, principal, [NewVersion(asset.id, "d" * 64, 0, lineage, {})])
            plant.versions.append(version.id)
        await serving.promote(uow, principal, asset.id, plant.versions[0])
        await uow.commit()
    await watching.note_deployed(platform.platform, tenant.id, {"asset_ids": [str(plant.asset)]})
    return plant


def ids(plant: Plant, version: int) -> dict[str, Any]:
    pair = {"assetId": global_id("Asset", plant.asset), "versionId": global_id("ModelVersion", plant.versions[version])}
    return {"versions": [pair]}


async def key_of(webhooks, plant: Plant) -> str:
    [asset] = await webhooks.do(assets.get_assets, [plant.asset])
    return asset.key


async def test_assets_and_labels(told, plant):
    put = [Label("hall", "7")]
    assert await told((assets.set_labels, [plant.asset], put, [])) == {
        "asset.labelled": [{"assetIds": [global_id("Asset", plant.asset)]}]
    }
    new = [NewAsset(f"many-{new_id().hex[-8:]}-{i}", "Drill", "S", "L", CONTRACT.key) for i in range(205)]
    created = (await told((assets.create_assets, new)))["asset.created"]
    assert sorted(len(each["assetIds"]) for each in created) == [5, 100, 100], "many are told in parts"


async def test_contracts(told, plant):
    from andon_sdk.plugin import Contract, Signal

    key = f"pump-{new_id().hex[-8:]}"
    told_ = await told((assets.put_contract, Contract(key, "Pump", (Signal("a", "A", "1", 0, 1),), 1.0)))
    [contract] = told_["contract.changed"]
    assert (contract["key"], contract["version"]) == (key, 1)


async def test_events(told, plant, webhooks):
    recorded = await told((events.record_event, NewEvent(plant.asset, EventKind.PART_REPLACED, utc_now())))
    [event] = recorded["event.recorded"]
    assert event == {
        "eventId": event["eventId"], "assetId": global_id("Asset", plant.asset), "kind": "PART_REPLACED",
        "assetKey": await key_of(webhooks, plant),
    }  # fmt: skip
    [known] = await webhooks.do(events.list_events, plant.asset)
    assert event["eventId"] == global_id("Event", known.id)
    said = Correction(EventKind.PART_REPLACED, known.time, part="lens")
    assert await told((events.correct_event, known.id, said)) == {"event.corrected": [event]}
    assert await told((events.retract_event, known.id)) == {"event.retracted": [event]}


async def test_recoveries(told, plant, webhooks, tenant):
    [event] = (await told((events.record_event, NewEvent(plant.asset, EventKind.RECIPE_CHANGE, utc_now()))))[
        "event.recorded"
    ]
    system, now = system_principal(tenant.id), utc_now()
    training_now = {plant.asset: Models(run=Trained(now - timedelta(hours=1), now + timedelta(hours=1)))}

    async def stand(uow, principal):
        return await events.note_models(uow, system, training_now)

    del event["kind"]
    assert await told((stand,)) == {"regime.recovery": [{**event, "recovery": "RETRAINING"}]}


async def test_versions(told, plant):
    old, new = plant.versions
    assert await told((registry.set_alias, new, Alias.CHALLENGER)) == {"challenger.set": [ids(plant, 1)]}
    assert await told((serving.promote, plant.asset, new)) == {"version.promoted": [ids(plant, 1)]}
    assert await told((serving.undo_promotion, plant.asset)) == {"promotion.undone": [ids(plant, 0)]}
    assert old != new


async def test_a_run(told, plant, webhooks):
    now = utc_now()
    run = await webhooks.do(training.start_run, StartRun(OFFERED.key, (plant.asset,), now - timedelta(days=9), now))
    assert await told((training.cancel_run, run.id)) == {
        "run.ended": [
            {"runId": global_id("Run", run.id), "state": "CANCELLED", "blueprint": OFFERED.key, "assetCount": 1}
        ]
    }


async def test_a_rollout(told, plant, webhooks):
    now = utc_now()
    start = StartRollout(OFFERED.key, (plant.asset,), now - timedelta(days=9), now)
    [started] = (await told((rollouts.start_rollout, start)))["rollout.changed"]
    [rollout] = await webhooks.do(rollouts.list_rollouts, 1)
    assert started == {
        "rolloutId": global_id("Rollout", rollout.id), "state": "RUNNING", "cohort": 1, "cohortCount": 1,
        "blueprint": OFFERED.key,
    }  # fmt: skip
    told_ = await told((rollouts.pause_rollout, rollout.id), (rollouts.pause_rollout, rollout.id))
    assert told_ == {"rollout.changed": [started | {"state": "PAUSED"}]}, "pausing what is paused is no news"
    told_ = await told((rollouts.cancel_rollout, rollout.id))
    assert told_["rollout.changed"] == [started | {"state": "CANCELLED"}]


async def test_drift(told, webhooks, platform, principal):
    """Two looks find it; the one after the champion changed clears it."""
    pumps = await drift_plant.made(
        platform.platform, principal, [drift_plant.last_day(drift_plant.pump(1), flow=lambda flow: flow + 3)]
    )
    [id_], [champion] = pumps.assets, pumps.champions
    [asset] = await webhooks.do(assets.get_assets, [id_])

    async def look(uow, principal, hours):
        await pumps.look(hours)

    assert await told((look, 0.0)) == {}
    about = {"assetId": global_id("Asset", id_), "assetKey": asset.key}
    of_champion = {"versionId": global_id("ModelVersion", champion), "signals": ["flow"], "scoreDrifts": False}
    assert await told((look, 1.1)) == {"drift.found": [about | of_champion]}
    [fresh] = await webhooks.do(drift_plant.promoted, pumps.contract_id, [id_])
    cleared = about | {"versionId": global_id("ModelVersion", fresh), "signals": [], "scoreDrifts": False}
    assert await told((look, 2.2)) == {"drift.cleared": [cleared]}


async def test_alarms_and_cases(told, plant, webhooks, platform, tenant):
    js = await platform.platform.streams.jetstream(tenant.id)
    [asset] = await webhooks.do(assets.get_assets, [plant.asset])
    subject = subjects.scores(asset.contract_id)
    reader = await js.pull_subscribe(subject, stream=subjects.SCORES_STREAM)

    async def rows(second: int, value: float, count: int) -> tuple[Any, ...]:
        await js.publish(subject, message(plant.asset, second, value, count))
        return (watching.take, platform.platform, tenant.id, await reader.fetch(1))

    raised = await told(await rows(0, 2.0, 60))
    [alarm] = await webhooks.do(monitoring.list_alarms, plant.asset)
    [case] = await webhooks.do(monitoring.list_cases)
    of_alarm = {
        "alarmId": global_id("Alarm", alarm.id), "assetId": global_id("Asset", plant.asset), "assetKey": asset.key,
        "caseId": global_id("Case", case.id), "state": "ACTIVE", "rule": "laser-drill-alarm",
        "raisedAt": alarm.raised_at.isoformat(),
    }  # fmt: skip
    of_case = {
        "caseId": global_id("Case", case.id), "assetId": global_id("Asset", plant.asset), "assetKey": asset.key,
        "title": "Drill leaves its normal", "openedAt": case.opened_at.isoformat(),
    }  # fmt: skip
    assert raised == {"alarm.raised": [of_alarm], "case.opened": [of_case]}
    until = utc_now() + timedelta(hours=1)
    changed = await told(
        (monitoring.acknowledge, alarm.id), (monitoring.shelve, alarm.id, until), (monitoring.unshelve, alarm.id)
    )
    states = [each["state"] for each in changed["alarm.changed"]]
    assert (list(changed), states) == (["alarm.changed"], ["ACKNOWLEDGED", "SHELVED", "ACKNOWLEDGED"])
    assert await told(await rows(100, 0.1, 60)) == {"alarm.cleared": [of_alarm | {"state": "CLEARED"}]}
    assert await told((monitoring.close_case, case.id)) == {"case.closed": [of_case]}
    again = await told(await rows(200, 2.0, 60))
    assert again["case.opened"] == [of_case], "it was opened again"
