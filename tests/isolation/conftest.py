"""What the tests of two tenants share: B has one of everything."""

from datetime import timedelta
from uuid import UUID

import pytest
from gateway_client import make_key, open_session

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.bindings import api as bindings
from services.bindings.contracts import NewRule
from services.blueprints import api as blueprints
from services.bulk import api as bulk
from services.bulk.contracts import ExportOf, FileFormat, StartExport, StartImport, UploadState
from services.bulk.tables import UploadRow
from services.capsules import api as capsules
from services.capsules.contracts import ScoreRef
from services.drift.tables import LookRow, ReferenceRow, SignalRow
from services.edges import api as edges
from services.edges.contracts import Report
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.reach import Reach
from services.kernel.rights import Role
from services.monitoring.tables import AlarmRow, CaseRow
from services.notifications import api as notifications
from services.notifications.contracts import MailSecurity, NewMailServer, NewSubscription, NotificationType
from services.notifications.tables import ItemRow
from services.oidc import api as oidc
from services.oidc.contracts import NewProvider
from services.oidc.tables import LoginAttemptRow, LoginIdentityRow
from services.plugins import api as plugins
from services.plugins.contracts import NewOwnVersion
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.retraining import api as retraining
from services.retraining.contracts import NewPlan, Trigger, When
from services.retraining.tables import OccasionRow
from services.rollouts import api as rollouts
from services.rollouts.contracts import StartRollout
from services.serving import api as serving
from services.tenancy import api as tenancy
from services.training import api as training
from services.training.contracts import StartRun
from services.webhooks import api as webhooks
from services.webhooks.contracts import NewEndpoint
from services.workbench.tables import VisitTable, WorkbenchTable


@pytest.fixture(scope="module")
async def living(platform, other_tenant, other_principal, tmp_path_factory) -> dict[str, UUID]:
    """One living thing of each kind in tenant B."""
    offered = blueprints.everything().blueprints["laser-drill-watch"].blueprint
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.contract)
    p, now = other_principal, utc_now()
    async with platform.unit(other_tenant) as uow:
        agreed = await assets.put_contract(uow, p, contract)
        new = [NewAsset(f"theirs-{number}", "Theirs", "Site", "Line", contract.key) for number in range(2)]
        asset, idle = [each.id for each in await assets.create_assets(uow, p, new)]
        await uow.session.flush()
        event = await events.record_event(uow, p, NewEvent(asset, EventKind.FAILURE, now - timedelta(days=1)))
        run = await training.start_run(uow, p, StartRun(offered.key, (idle,), now - timedelta(days=9), now))
        declared = run.declared_id
        assert declared is not None
        lineage = Lineage(run.id, "s", offered.key, "1", "p", "x", agreed.id, agreed.version, {}, 0)
        [version] = await registry.register(uow, p, [NewVersion(asset, "d" * 64, 0, lineage, {})])
        await serving.promote(uow, p, asset, version.id)
        rollout = await rollouts.start_rollout(
            uow, p, StartRollout(offered.key, (asset,), now - timedelta(days=9), now)
        )
        rule = await bindings.create_rule(uow, p, NewRule(offered.key, "hall=theirs"))
        daily = When(Trigger.INTERVAL, every_days=1, hour=2, zone="UTC")
        plan = await retraining.create_plan(uow, p, NewPlan("Theirs", daily, 30, asset_id=asset))
        times = dict.fromkeys(("moment", "noticed_at", "start", "end"), now)
        of_plan = {"tenant_id": other_tenant.id, "plan_id": plan.id, "asset_id": asset}
        uow.session.add(OccasionRow(**of_plan, **times, cause="c", state="passed", message="Theirs", ended_at=now))
        of_asset = {"tenant_id": other_tenant.id, "version_id": version.id}
        looked = dict.fromkeys(("looked_at", "start", "end", "reference_start", "reference_end", "since"), now)
        figures = {"rows": 9, "drifting": 1, "score_drifts": False, "worst": 2.0, "looks": 9, "signals_since": now}
        uow.session.add(LookRow(**of_asset, id=asset, **looked, **figures))
        kept = {"contract_version": 1, "length_s": 86400, "start": now, "end": now, "signals": b"Theirs"}
        uow.session.add(ReferenceRow(**of_asset, id=asset, **kept))
        seen = {"state": "drift", "finding": "shifted", "figure": 2.0, "limit": 1.0, "over": 2, "rows": 9}
        uow.session.add(SignalRow(**of_asset, asset_id=asset, signal="theirs", looked_at=now, **seen))
        case = CaseRow(tenant_id=other_tenant.id, asset_id=asset, title="Theirs", opened_at=now)
        uow.session.add(case)
        await uow.session.flush()
        alarm = AlarmRow(
            tenant_id=other_tenant.id, asset_id=asset, case_id=case.id, rule="r", raised_at=now, peak=2.0, top=[]
        )
        uow.session.add(alarm)
        there = NewEndpoint("https://theirs.example/hook", ("run.ended",), "Theirs")
        endpoint = (await webhooks.create_endpoint(uow, p, platform.platform.ground, Reach(), there)).endpoint
        delivery = await webhooks.ping_endpoint(uow, p, endpoint.id)
        mail = NewMailServer(
            "smtp.theirs.example", 587, MailSecurity.STARTTLS, "andon@theirs.example", "u", "theirs alone"
        )
        await notifications.set_server(uow, p, platform.platform.ground, Reach(), mail)
        told = NewSubscription("Theirs", (NotificationType.RUN_ENDED,), ("someone@theirs.example",), every_minutes=1440)
        subscription = await notifications.create_subscription(uow, p, told)
        sent = await notifications.send_test(uow, p, subscription.id)
        item = {"subscription_id": subscription.id, "message_id": new_id(), "headline": "h", "detail": "d", "path": "/"}
        uow.session.add(ItemRow(tenant_id=uow.tenant, created_at=now, **item))
        issuer = NewProvider("Theirs", "https://theirs.example", "andon", "theirs alone", ("theirs.example",))
        provider = await oidc.add_provider(uow, p, platform.platform.ground, Reach(), issuer)
        made = NewOwnVersion(
            "theirs-wear", "1.0", "w" * 64, "f" * 64, "d" * 64, 1, "Theirs", "", "any", "theirs_wear", ">=0.1", {},
            {"format": 1}, tmp_path_factory.mktemp("theirs"),
        )  # fmt: skip
        pipeline_version, _ = await plugins.keep_own(uow, p, made, blueprints.check_together)
        [pipeline] = await plugins.list_own(uow, p)
        edge = await edges.report_edge(uow, p, Report("theirs", "1", now))
        upload = await bulk.stage_upload(uow, p)
        (await uow.session.get_one(UploadRow, (uow.tenant, upload.id))).state = UploadState.STAGED.value
        await uow.session.flush()
        brought = await bulk.start_import(uow, p, StartImport(upload.id, contract.key, FileFormat.CSV))
        there = StartExport(ExportOf.READINGS, contract.key, now - timedelta(days=9), now)
        taken = await bulk.start_export(uow, p, there)
        capsule = await capsules.open_capsule(uow, p, ScoreRef(asset, now, version.id, False))
        await uow.commit()
    _, member = await open_session(platform.platform, other_tenant, Role.OPERATOR)
    await make_key(platform.platform, other_tenant)
    async with platform.unit(other_tenant) as uow:
        [key] = await tenancy.list_api_keys(uow, p)
        [record, *_] = await audit.list_records(uow, p, AuditQuery())
        invited = await tenancy.invite(uow, p, "theirs@example.com", Role.OPERATOR)
        of_provider = {"tenant_id": other_tenant.id, "provider_id": provider.id}
        digests = {"state_digest": "s", "browser_digest": "b", "nonce_digest": "n", "verifier": "v"}
        uow.session.add(LoginAttemptRow(**of_provider, **digests, redirect_uri="r", expires_at=now))
        uow.session.add(LoginIdentityRow(**of_provider, subject="theirs", member_id=member.id, bound_at=now))
        await uow.commit()
    async with platform.unit(other_tenant) as uow:
        [session] = await tenancy.list_sessions(uow, p, member.id)
        bench = WorkbenchTable(tenant_id=uow.tenant, member_id=member.id, member="Theirs", wanted=False, start=1,
                               state="stopped")  # fmt: skip
        uow.session.add(bench)
        await uow.session.flush()
        uow.session.add(VisitTable(tenant_id=uow.tenant, workbench_id=bench.id, start=1, good_until=now))
        await uow.commit()
    return {
        "Alarm": alarm.id, "ApiKey": key.id, "Asset": asset, "AuditRecord": record.id,
        "BindingRule": rule.id, "BlueprintVersion": declared,
        "Capsule": capsule.id, "Case": case.id,
        "Contract": agreed.id, "Event": event.id, "ExportJob": taken.id, "ImportJob": brought.id,
        "Invitation": invited.invitation.id, "LoginProvider": provider.id,
        "Pipeline": pipeline.id, "PipelineVersion": pipeline_version.id,
        "Member": member.id, "ModelVersion": version.id, "PlantEdge": edge.id,
        "NotificationMail": sent.id, "NotificationSubscription": subscription.id, "RetrainingPlan": plan.id,
        "Rollout": rollout.id, "Run": run.id, "Session": session.id, "Tenant": other_tenant.id,
        "Upload": upload.id, "WebhookDelivery": delivery.id, "WebhookEndpoint": endpoint.id,
        "Workbench": bench.id,
    }  # fmt: skip
