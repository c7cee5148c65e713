"""Every function of every service's door, called by tenant A with what belongs to B: it answers what it answers to ids
that nobody has, shows nothing of B, and leaves B's rows alone. A function that is added tomorrow fails here until its
arguments are known or its reason is given."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from sqlalchemy import literal, select
from two_tenants import rows_of, scrubbed

import services
from services.assets.contracts import AssetQuery, Label
from services.audit.contracts import AuditQuery
from services.blueprints import api as blueprints
from services.bulk.contracts import ExportOf, FileFormat, JobKind, JobQuery, StartExport, StartImport
from services.capsules.contracts import ScoreRef
from services.datasets.contracts import SnapshotRequest
from services.edges.contracts import MappedAsset, Tag
from services.enclaves import model
from services.enclaves.contracts import ClusterKind, StreamUser
from services.events.contracts import Correction, EventKind, EventLabel, EventQuery, Models, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.idset import IdSet
from services.kernel.reach import Reach
from services.kernel.rights import Role
from services.ledger.contracts import Spell
from services.monitoring.contracts import Health
from services.notifications.contracts import NewSubscription, NotificationType
from services.oidc.contracts import ProviderChange
from services.readings.contracts import TrendQuery
from services.registry.contracts import Alias, Lineage, NewVersion
from services.retraining.contracts import NewPlan, Trigger, When
from services.rollouts.contracts import StartRollout
from services.suitability.contracts import Range
from services.training.contracts import StartRun
from services.webhooks.contracts import EndpointChange

pytestmark = pytest.mark.platform

NOW = utc_now()
OFFERED = blueprints.everything().blueprints["laser-drill-watch"].blueprint
NO_TENANT_OF_ITS_OWN = {
    "budgets.check_jobs": "of the tenant that the unit is of",
    "budgets.exchange": "the platform's, for a tenant it is given",
    "budgets.note_storage": "of the tenant that the unit is of",
    "budgets.take_rows": "the platform's, for a tenant it is given",
    "budgets.storage_room": "of the tenant that the unit is of",
    "bulk.receive": "the address is the credential",
    "enclaves.enclave_remains": "the platform's, for a tenant it is given",
    "enclaves.ensure_enclave": "the platform's, for a tenant it is given",
    "enclaves.reconcile": "the platform's, for a tenant it is given",
    "enclaves.remove_enclave": "the platform's, for a tenant it is given",
    "oidc.begin_login": "the tenant is in the address, the provider is looked for in it",
    "oidc.finish_login": "the provider's word is the credential",
    "oidc.offered_providers": "what the sign-in page of a tenant shows to everybody",
    "readings.keep_rejected": "of the tenant that the unit is of",
    "readings.committed_sequence": "the platform's, for a tenant it is given",
    "readings.read_rows": "reads the bytes it is given",
    "readings.settled": "the platform's, for a tenant it is given",
    "tenancy.accept_invitation": "the invitation is the credential",
    "tenancy.create_tenant": "makes a tenant",
    "tenancy.join_invited": "of the tenant that the unit is of, for who is vouched for",
    "tenancy.login": "the password is the credential",
    "tenancy.end_session": "the token is the credential",
    "tenancy.member_by_email": "of the tenant that the unit is of, for who is vouched for",
    "tenancy.member_by_id": "of the tenant that the unit is of, for who is vouched for",
    "tenancy.open_session_of": "of the tenant that the unit is of, for who is vouched for",
    "tenancy.principal_of_key": "the key is the credential",
    "tenancy.principal_of_session": "the token is the credential",
    "tenancy.read_invitation": "the invitation is the credential",
    "tenancy.redeem_login_link": "the link is the credential",
    "tenancy.tenant_by_slug": "finds a tenant by its public address",
    "tenancy.tenant_state": "of the tenant that the unit is of",
    "workbench.reconcile": "the platform's, for a tenant it is given",
    "workbench.entrance": "the sealed visit is the credential",
    "workbench.use_visit": "the sealed visit is the credential",
}
ONLY_MAKES = {
    "assets.create_assets",
    "assets.put_contract",
    "bindings.create_rule",
    "blueprints.record_version",
    "budgets.set_ceiling",
    "budgets.set_quota",
    "oidc.add_provider",
    "oidc.check_provider",
    "bulk.stage_upload",
    "edges.report_edge",
    "tenancy.add_member",
    "tenancy.create_api_key",
    "tenancy.invite",
    "monitoring.set_alarm_budget",
    "notifications.remove_server",
    "notifications.set_server",
    "webhooks.create_endpoint",
    "blueprints.disable_plugin",
    "blueprints.enable_plugin",
    "pipelines.register",
    "plugins.disable",
    "plugins.enable",
    "plugins.keep_own",
    "plugins.put_settings",
    "workbench.open_workbench",
    "workbench.start_workbench",
}
"""They take no id and make things of their own tenant."""
ONLY_CONTRACT_KEY = {
    "readings.ingest",
    "readings.ingest_body",
    "readings.fleet_scores",
    "readings.take_piece",
    "serving.score",
}
"""They name a contract by a key, which means something in one tenant only; `tests/gateway/test_bulk.py` has them."""


def doors() -> dict[str, Callable[..., Any]]:
    found = {}
    for service in pkgutil.iter_modules(services.__path__):
        name = f"services.{service.name}"
        try:
            api = importlib.import_module(f"{name}.api")
        except ModuleNotFoundError:
            continue
        for key, function in vars(api).items():
            ours = inspect.iscoroutinefunction(function) and function.__module__.startswith(name)
            if ours and not key.startswith("_") and ".adapters." not in function.__module__:
                found[f"{service.name}.{key}"] = function
    return found


DOORS = doors()
ASKED = sorted(DOORS.keys() - NO_TENANT_OF_ITS_OWN.keys() - ONLY_MAKES - ONLY_CONTRACT_KEY)


NEWS = (NotificationType.RUN_ENDED,)
DAILY = When(Trigger.INTERVAL, every_days=1, hour=2, zone="UTC")


def one_id(id: UUID) -> IdSet:
    return IdSet(select(literal(id)))


class Arguments:
    """Arguments for any function of `ASKED`, about the things `ids`, by parameter name."""

    def __init__(self, ids: dict[str, UUID], platform: Any, device: str) -> None:
        self._ids, self._platform = ids, platform
        asset, version, contract = ids["Asset"], ids["ModelVersion"], ids["Contract"]
        start = NOW - timedelta(days=9)
        lineage = Lineage(ids["Run"], "s", OFFERED.key, "1", "p", "x", contract, 1, {}, 0)
        self.by_name: dict[str, Any] = {
            "asset_id": asset, "asset_ids": [asset], "contract_id": contract, "event_id": ids["Event"],
            "alarm_id": ids["Alarm"], "case_id": ids["Case"],
            "case_ids": [ids["Case"]], "member_id": ids["Member"], "key_id": ids["ApiKey"],
            "record_id": ids["AuditRecord"], "record_ids": [ids["AuditRecord"]],
            "session_id": ids["Session"], "invitation_id": ids["Invitation"],
            "run_id": ids["Run"], "rollout_id": ids["Rollout"], "rollout_ids": [ids["Rollout"]],
            "plan_id": ids["RetrainingPlan"], "edge_id": ids["PlantEdge"],
            "rule_id": ids["BindingRule"], "rule_ids": [ids["BindingRule"]], "contract": contract,
            "plugin": "andon-laser-drill", "plugins": ["andon-laser-drill"], "names": ["theirs-wear"],
            "pipeline_id": ids["Pipeline"], "plugin_id": ids["Pipeline"], "together": blueprints.check_together,
            "blueprint": OFFERED.key, "blueprint_version": OFFERED.version,
            "version_id": version, "version_ids": [version], "keys": ["theirs-0"],
            "key": OFFERED.contract, "digest": "d" * 64, "alias": Alias.CHAMPION, "role": Role.OPERATOR,
            "health": Health.NORMAL, "kind": ClusterKind.SERVING, "now": NOW, "until": NOW + timedelta(hours=1),
            "start": start, "end": NOW, "ground": platform.ground,
            "overlap": timedelta(hours=1),
            "request": SnapshotRequest(contract, (asset,), start, NOW),
            "command": StartRun(OFFERED.key, (asset,), start, NOW),
            "endpoint_id": ids["WebhookEndpoint"], "delivery_id": ids["WebhookDelivery"], "since": start,
            "capsule_id": ids["Capsule"], "name": "Ours", "time": NOW, "capsule": b"",
            "job_id": ids["ImportJob"], "upload_id": ids["Upload"],
            "event_ids": [ids["Event"]], "label": EventLabel.ABNORMAL,
            "ranges": [Range(start, NOW)], "fresh": False, "reach": Reach(),
            "subscription_id": ids["NotificationSubscription"], "mail_id": ids["NotificationMail"],
            "change": EndpointChange(description="Ours"), "provider_id": ids["LoginProvider"],
            "workbench_id": ids["Workbench"], "email": "theirs@example.com",
        }  # fmt: skip
        self.by_function: dict[str, dict[str, Any]] = {
            "audit.list_records": {"query": AuditQuery(object_id=asset)},
            "bindings.get_rules": {"ids": [ids["BindingRule"]]},
            "retraining.create_plan": {"new": NewPlan("Ours", DAILY, 30, asset_id=asset)},
            "retraining.change_plan": {"new": NewPlan("Ours", DAILY, 30, asset_id=asset)},
            "retraining.get_plans": {"ids": [ids["RetrainingPlan"]]},
            "drift.held_drifts": {"looks": 1},
            "events.regimes_begun": {"known": one_id(asset)},
            "monitoring.floods": {"least": 1, "told": {}},
            "bulk.fetch_staged": {"path": Path("nowhere"), "most": 1},
            "pipelines.get_pipelines": {"ids": [ids["Pipeline"]]},
            "pipelines.get_version": {"version_id": ids["PipelineVersion"]},
            "pipelines.get_details": {"ids": [ids["PipelineVersion"]]},
            "pipelines.get_notebook": {"version_id": ids["PipelineVersion"]},
            "pipelines.use_version": {"version_id": ids["PipelineVersion"]},
            "plugins.get_own": {"ids": [ids["Pipeline"]]},
            "plugins.own_files": {"version_ids": [ids["PipelineVersion"]]},
            "plugins.own_version": {"version_id": ids["PipelineVersion"]},
            "plugins.use_own": {"version_id": ids["PipelineVersion"]},
            "readings.get_quarantined": {"ids": [ids["Asset"]]},
            "bulk.get_transfers": {"ids": [ids["ImportJob"], ids["ExportJob"]]},
            "capsules.get_capsules": {"ids": [ids["Capsule"]]},
            "capsules.list_capsules": {"asset_id": asset},
            "capsules.open_capsule": {"score": ScoreRef(asset, NOW, version, False)},
            "bulk.cancel_job": {"kind": JobKind.IMPORT},
            "bulk.list_jobs": {"query": JobQuery()},
            "bulk.start_import": {"command": StartImport(ids["Upload"], OFFERED.contract, FileFormat.CSV)},
            "bulk.start_export": {"command": StartExport(ExportOf.READINGS, OFFERED.contract, start, NOW)},
            "assets.get_assets": {"ids": [asset]},
            "assets.known_assets": {"ids": [asset]},
            "assets.count_assets": {"query": AssetQuery(among=one_id(asset))},
            "assets.list_assets": {"query": AssetQuery(among=one_id(asset))},
            "assets.set_labels": {"put": [Label("line", "3")], "remove": []},
            "events.record_event": {"new": NewEvent(asset, EventKind.FAILURE, start)},
            "events.record_events": {"new": [NewEvent(asset, EventKind.FAILURE, start)]},
            "events.correct_event": {"said": Correction(EventKind.MAINTENANCE, start)},
            "events.get_events": {"ids": [ids["Event"]]},
            "events.query_events": {"query": EventQuery(asset)},
            "events.parts": {"asset_id": asset},
            "events.note_models": {"models": {asset: Models()}},
            "blueprints.get_versions": {"ids": [ids["BlueprintVersion"]]},
            "blueprints.list_versions": {"key": OFFERED.key},
            "edges.ask_tags": {"source": "s"},
            "edges.get_source": {"source": "s"},
            "edges.list_tags": {"source": "s"},
            "edges.put_mapping": {"source": "s", "version": 0, "mapped": [MappedAsset(asset, ())]},
            "edges.report_tags": {"name": "theirs", "source": "s", "tags": [Tag("t")]},
            "edges.wanted": {"name": "theirs"},
            "ledger.list_loops": {"asset_id": asset},
            "ledger.summary": {"asset_id": asset},
            "ledger.note_hands_on": {"spells": [Spell(asset, NOW, 60)]},
            "ledger.note_news": {"sequence": 1, "at": NOW},
            "notifications.create_subscription": {"new": NewSubscription("Ours", NEWS, member_ids=(ids["Member"],))},
            "notifications.update_subscription": {"new": NewSubscription("Ours", NEWS, ("us@ours.example",))},
            "oidc.change_provider": {"change": ProviderChange(name="Ours")},
            "readings.trend": {"query": TrendQuery(asset, ("score",), start, NOW, 100)},
            "registry.get_versions": {"ids": [version]},
            "registry.register": {"versions": [NewVersion(asset, "e" * 64, 0, lineage, {})]},
            "rollouts.start_rollout": {"command": StartRollout(OFFERED.key, (asset,), start, NOW)},
            "registry.aliased_of_runs": {"runs": {asset: ids["Run"]}},
            "serving.promote_many": {"versions": {asset: version}},
            "serving.promote_shadows": {"shadows": {asset: version}},
            "serving.stop_shadows": {"shadows": {asset: version}},
            "serving.undo_many": {"promoted": {asset: version}},
            "training.get_runs": {"ids": [ids["Run"]]},
            "monitoring.get_alarms": {"ids": [ids["Alarm"]]},
            "monitoring.get_cases": {"ids": [ids["Case"]]},
            "monitoring.list_alarms": {"asset_id": asset},
            "monitoring.list_cases": {"asset_id": asset},
            "training.gates_of_assets": {"pairs": [(ids["Run"], asset)]},
            "verdicts.evidence": {"shadows": [(asset, version)]},
            "verdicts.known": {"shadows": [(asset, version)]},
            "verdicts.standings": {"shadows": {asset: version}},
            "training.list_runs": {"asset_id": asset},
            "tenancy.list_sessions": {"member_id": ids["Member"]},
            "tenancy.end_other_sessions": {"member_id": ids["Member"]},
            "enclaves.stream_credential": {"user": StreamUser.SCORER},
            "enclaves.renew_device_login": {"user": device},
        }

    def of(self, name: str) -> dict[str, Any]:
        own = self.by_function.get(name, {})
        found = dict(own)
        for parameter in list(inspect.signature(DOORS[name]).parameters.values())[2:]:
            if parameter.name not in found and parameter.default is inspect.Parameter.empty:
                found[parameter.name] = self.by_name[parameter.name]
        return found


async def outcome(platform: Any, tenant: Any, principal: Any, name: str, arguments: dict[str, Any]) -> str:
    """What is answered or raised, in the service's own words; nothing is committed."""
    takes_platform = next(iter(inspect.signature(DOORS[name]).parameters)) == "platform"
    async with platform.unit(tenant) as uow:
        first = platform.platform if takes_platform else uow
        try:
            found = await DOORS[name](first, principal, **arguments)
            if inspect.isasyncgen(found):
                found = [each async for each in found]
            await uow.session.flush()
        except Exception as error:  # noqa: BLE001  what it raises is its answer
            return f"raised {type(error).__name__}: {re.sub(r'(?s)DETAIL.*', '', str(error))}"
    text = str(found.to_pylist() if isinstance(found, pa.Table | pa.RecordBatch) else found)
    return "answered " + re.sub(r"datetime\.datetime\([^)]*\)", "TIME", text)


def test_every_function_is_judged_or_has_a_reason():
    assert NO_TENANT_OF_ITS_OWN.keys() | ONLY_MAKES | ONLY_CONTRACT_KEY <= DOORS.keys()
    assert len(ASKED) > 50
    for name in NO_TENANT_OF_ITS_OWN:
        assert "principal" not in inspect.signature(DOORS[name]).parameters


@pytest.mark.parametrize("name", ASKED)
async def test_what_belongs_to_another_tenant_is_as_if_nobody_had_it(
    platform, tenant, principal, other_tenant, living, name
):
    nothing = {kind: new_id() for kind in living}
    opened, before = platform.platform, rows_of(platform, other_tenant)
    logins = [model.stream_login(model.account_name(id), StreamUser.DEVICE) for id in (other_tenant.id, new_id())]
    answers = []
    for ids, login in zip((living, nothing), logins, strict=True):
        arguments = Arguments(ids, opened, login).of(name)
        answers.append(scrubbed(await outcome(platform, tenant, principal, name, arguments), ids))
    assert answers[0] == answers[1]
    assert "Theirs" not in answers[0]
    assert other_tenant.id.hex not in answers[0]
    assert rows_of(platform, other_tenant) == before
