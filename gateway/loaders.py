"""Rows by id for the edges of the schema: one use case for all the ids that one level of a query asks for."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from andon_sdk.link.differences import Difference
from services.assets import api as assets
from services.assets.contracts import Asset, ContractVersion
from services.audit import api as audit
from services.audit.contracts import AuditChange
from services.bindings import api as bindings
from services.bindings.contracts import Binding, BindingState, Rule
from services.blueprints import api as blueprints
from services.blueprints.contracts import BlueprintVersion
from services.bulk import api as bulk
from services.bulk.contracts import ExportJob, ImportJob
from services.capsules import api as capsules
from services.drift import api as drift
from services.drift.contracts import AssetDrift, DriftMark
from services.edges import api as edges
from services.enclaves import api as enclaves
from services.events import api as events
from services.events.contracts import Event, Regime, Revision
from services.ledger import api as ledger
from services.ledger.contracts import Loop
from services.monitoring import api as monitoring
from services.monitoring.contracts import Alarm, AssetHealth, Case
from services.notifications import api as notifications
from services.oidc import api as oidc
from services.pipelines import api as pipelines
from services.pipelines.contracts import Pipeline, PipelineVersion, VersionDetails
from services.readings import api as readings
from services.readings.contracts import QuarantinedRow
from services.registry import api as registry
from services.registry.contracts import Alias, ModelVersion
from services.retraining import api as retraining
from services.retraining.contracts import Occasion, Plan
from services.rollouts import api as rollouts
from services.rollouts.contracts import Cohort
from services.serving import api as serving
from services.serving.contracts import Deployment
from services.tenancy import api as tenancy
from services.tenancy.contracts import ApiKey
from services.training import api as training
from services.training.contracts import Gate, Run
from services.verdicts import api as verdicts
from services.verdicts.contracts import ShadowEvidence
from services.webhooks import api as webhooks
from services.webhooks.contracts import Endpoint
from services.workbench import api as workbench

if TYPE_CHECKING:
    from gateway.context import RequestContext

K = TypeVar("K")
T = TypeVar("T")


class Loaders:
    """Of one request: it remembers, so it must not outlive a unit of work."""

    def __init__(self, context: "RequestContext") -> None:
        read = context.read

        def of(use_case: Any) -> "DataLoader[UUID, Any]":
            """Things by their ids."""
            return _loader(lambda keys: _found(read, use_case, keys))

        def few(use_case: Any) -> "DataLoader[UUID, Any]":
            """Of a kind of which a tenant has few: all are read."""
            return _loader(lambda _: _found(read, use_case))

        self.assets: DataLoader[UUID, Asset | None] = of(assets.known_assets)
        self.assets_by_key: DataLoader[str, Asset | None] = _loader(lambda keys: read(assets.assets_by_keys, keys))
        self.contracts: DataLoader[UUID, ContractVersion | None] = few(assets.list_contracts)
        self.versions: DataLoader[UUID, ModelVersion | None] = of(registry.get_versions)
        self.champions: DataLoader[UUID, ModelVersion | None] = _aliased(read, Alias.CHAMPION)
        self.challengers: DataLoader[UUID, ModelVersion | None] = _aliased(read, Alias.CHALLENGER)
        self.differences: DataLoader[UUID, tuple[Difference, ...] | None] = _by(
            read, blueprints.environment_differences
        )
        """By model version."""
        self.runs: DataLoader[UUID, Run | None] = of(training.get_runs)
        self.alarms: DataLoader[UUID, Alarm | None] = of(monitoring.get_alarms)
        self.quarantined: DataLoader[UUID, QuarantinedRow | None] = of(readings.get_quarantined)
        self.transfers: DataLoader[UUID, ImportJob | ExportJob | None] = of(bulk.get_transfers)
        self.gates: DataLoader[tuple[UUID, UUID], list[Gate] | None] = _loader(
            lambda keys: read(training.gates_of_assets, keys)
        )
        """By (run, asset)."""
        self.cohorts: DataLoader[UUID, list[Cohort] | None] = _loader(lambda keys: read(rollouts.cohorts_of, keys))
        """By rollout."""
        self.rules: DataLoader[UUID, Rule | None] = of(bindings.get_rules)
        self.bindings: DataLoader[UUID, Binding | None] = _loader(lambda keys: read(bindings.bindings_of, keys))
        """By asset."""
        self.bound_counts: DataLoader[UUID, dict[BindingState, int] | None] = _by(read, bindings.count_bindings)
        """By rule."""
        self.retraining_plans: DataLoader[UUID, Plan | None] = of(retraining.get_plans)
        self.newest_occasions: DataLoader[UUID, Occasion | None] = _by(read, retraining.newest_occasions)
        """By asset."""
        self.audit_changes: DataLoader[tuple[UUID, int, int], list[AuditChange] | None] = _loader(
            lambda keys: _changes(read, keys)
        )
        """By (record, how many, behind which place)."""
        self.events: DataLoader[UUID, Event | None] = of(events.get_events)
        self.revisions: DataLoader[UUID, list[Revision] | None] = _loader(lambda keys: read(events.revisions_of, keys))
        """By event."""
        self.regimes: DataLoader[UUID, list[Regime] | None] = _loader(lambda keys: read(events.regimes, keys))
        """By asset."""
        self.drifts: DataLoader[UUID, AssetDrift | None] = _loader(lambda keys: read(drift.drift_of, keys))
        """By asset."""
        self.drift_marks: DataLoader[UUID, DriftMark | None] = _loader(lambda keys: read(drift.drift_marks, keys))
        self.keys: DataLoader[UUID, ApiKey | None] = few(tenancy.list_api_keys)
        self.case_loops: DataLoader[UUID, Loop | None] = _loader(lambda keys: read(ledger.loops_of_cases, keys))
        self.open_cases: DataLoader[UUID, Case | None] = _loader(lambda keys: read(monitoring.open_cases, keys))
        self.endpoints: DataLoader[UUID, Endpoint | None] = few(webhooks.list_endpoints)
        self.health: DataLoader[UUID, AssetHealth | None] = _loader(lambda keys: read(monitoring.health_of, keys))
        self.deployments: DataLoader[UUID, Deployment | None] = _loader(lambda keys: read(serving.deployments, keys))
        self.evidence: DataLoader[tuple[UUID, UUID], ShadowEvidence | None] = _evidence(context)
        """By (asset, version) of a shadow."""
        self._of_recipes(read)

    def _of_recipes(self, read: Callable[..., Awaitable[Any]]) -> None:
        """What models are made by."""
        self.declared: DataLoader[UUID, BlueprintVersion | None] = _loader(
            lambda keys: _found(read, blueprints.get_versions, keys)
        )
        self.pipelines: DataLoader[str, Pipeline | None] = _loader(
            lambda keys: read(pipelines.pipelines_by_names, keys)
        )
        """By name."""
        self.pipeline_details: DataLoader[UUID, VersionDetails | None] = _loader(
            lambda keys: _found(read, pipelines.get_details, keys)
        )
        """By version."""
        self.pipeline_champions: DataLoader[str, int | None] = _loader(
            lambda keys: read(pipelines.count_champions, keys)
        )
        """By name of the pipeline."""


def _by(read: Callable[..., Awaitable[Any]], use_case: Any) -> "DataLoader[UUID, Any]":
    """What a use case tells by the ids that it is asked about."""
    return _loader(lambda keys: read(use_case, keys))


def _aliased(read: Callable[..., Awaitable[Any]], alias: Alias) -> "DataLoader[UUID, ModelVersion | None]":
    """By asset."""
    return _loader(lambda keys: read(registry.aliased, keys, alias))


def _evidence(context: "RequestContext") -> "DataLoader[tuple[UUID, UUID], ShadowEvidence | None]":
    return _loader(lambda keys: context.ask(verdicts.evidence, keys))


_ChangesKey = tuple[UUID, int, int]


async def _changes(
    read: Callable[..., Awaitable[Any]], keys: list[_ChangesKey]
) -> dict[_ChangesKey, list[AuditChange]]:
    """One statement for all records of which as many are wanted from the same place on."""
    found: dict[_ChangesKey, list[AuditChange]] = {}
    for first, after in {key[1:] for key in keys}:
        ids = [key[0] for key in keys if key[1:] == (first, after)]
        page = await read(audit.changes_of, ids, first, after)
        found |= {(id_, first, after): changes for id_, changes in page.items()}
    return found


def _loader(load: Callable[[list[K]], Awaitable[Mapping[K, T]]]) -> DataLoader[K, T | None]:
    async def in_order(keys: list[K]) -> list[T | None]:
        found = await load(keys)
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=in_order)


async def _found(read: Callable[..., Awaitable[Any]], use_case: Any, *keys: list[UUID]) -> dict[UUID, Any]:
    return _by_id(await read(use_case, *keys))


def _by_id(rows: Iterable[Any]) -> dict[UUID, Any]:
    return {row.id: row for row in rows}


async def _member(context: "RequestContext", id: UUID) -> object | None:
    return _by_id(await context.read(tenancy.list_members)).get(id)


async def _invitation(context: "RequestContext", id: UUID) -> object | None:
    return _by_id(await context.read(tenancy.list_invitations)).get(id)


async def _login_provider(context: "RequestContext", id: UUID) -> object | None:
    return _by_id(await context.read(oidc.list_providers)).get(id)


async def _subscription(context: "RequestContext", id: UUID) -> object | None:
    return _by_id(await context.read(notifications.list_subscriptions)).get(id)


def _transfer(kind: type) -> Callable[["RequestContext", UUID], Awaitable[object | None]]:
    async def find(context: "RequestContext", id: UUID) -> object | None:
        found = await context.loaders.transfers.load(id)
        return found if isinstance(found, kind) else None

    return find


async def _session(context: "RequestContext", id: UUID) -> object | None:
    return await context.read_or_none(tenancy.get_session, id)


async def _tenant(context: "RequestContext", id: UUID) -> object | None:
    return await context.read(tenancy.get_tenant) if id == context.principal.tenant else None


async def _pipeline(context: "RequestContext", id: UUID) -> Pipeline | None:
    return _by_id(await context.read(pipelines.get_pipelines, [id])).get(id)


async def _pipeline_version(context: "RequestContext", id: UUID) -> PipelineVersion | None:
    return await context.read_or_none(pipelines.get_version, id)


async def _workbench(context: "RequestContext", id: UUID) -> object | None:
    return await context.read_or_none(workbench.get_workbench, enclaves.grounded(context.platform), id)


async def _capsule(context: "RequestContext", id: UUID) -> object | None:
    return next(iter(await context.read(capsules.get_capsules, [id])), None)


NODES: dict[str, Callable[["RequestContext", UUID], Awaitable[object | None]]] = {
    "Pipeline": _pipeline,
    "PipelineVersion": _pipeline_version,
    "Asset": lambda context, id: context.loaders.assets.load(id),
    "Contract": lambda context, id: context.loaders.contracts.load(id),
    "Event": lambda context, id: context.read_or_none(events.get_event, id),
    "BlueprintVersion": lambda context, id: context.loaders.declared.load(id),
    "ModelVersion": lambda context, id: context.loaders.versions.load(id),
    "Run": lambda context, id: context.loaders.runs.load(id),
    "Rollout": lambda context, id: context.read_or_none(rollouts.get_rollout, id),
    "BindingRule": lambda context, id: context.loaders.rules.load(id),
    "RetrainingPlan": lambda context, id: context.loaders.retraining_plans.load(id),
    "PlantEdge": lambda context, id: context.read_or_none(edges.get_edge, id),
    "Alarm": lambda context, id: context.read_or_none(monitoring.get_alarm, id),
    "Case": lambda context, id: context.read_or_none(monitoring.get_case, id),
    "AuditRecord": lambda context, id: context.read_or_none(audit.get_record, id),
    "WebhookEndpoint": lambda context, id: context.loaders.endpoints.load(id),
    "WebhookDelivery": lambda context, id: context.read_or_none(webhooks.get_delivery, id),
    "NotificationSubscription": _subscription,
    "NotificationMail": lambda context, id: context.read(notifications.get_mail, id),
    "ImportJob": _transfer(ImportJob),
    "ExportJob": _transfer(ExportJob),
    "Capsule": _capsule,
    "Upload": lambda context, id: context.read_or_none(bulk.get_upload, id),
    "Member": _member,
    "Invitation": _invitation,
    "LoginProvider": _login_provider,
    "Session": _session,
    "ApiKey": lambda context, id: context.loaders.keys.load(id),
    "Tenant": _tenant,
    "Workbench": _workbench,
}
"""How each kind of node is found by its id; a test holds the keys and the schema's nodes together."""
