"""The roots, and the schema made of them."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gateway.executor import Executor
from gateway.prepare import Prepare
from gateway.schema.assets import AssetsMutation, AssetsQuery
from gateway.schema.audit import AuditQuery
from gateway.schema.bindings import BindingsMutation, BindingsQuery
from gateway.schema.blueprints import BlueprintsQuery
from gateway.schema.budgets import BudgetsQuery
from gateway.schema.capsules import CapsulesMutation, CapsulesQuery
from gateway.schema.changes import ChangesQuery
from gateway.schema.drift import DriftQuery
from gateway.schema.edges import EdgesMutation, EdgesQuery
from gateway.schema.enclaves import EnclavesMutation, EnclavesQuery
from gateway.schema.events import EventsMutation, EventsQuery
from gateway.schema.jobs import ExportJobType, ImportJobType, JobsMutation, JobsQuery
from gateway.schema.kit import Info, Node
from gateway.schema.ledger import LedgerMutation, LedgerQuery
from gateway.schema.live import Subscription
from gateway.schema.monitoring import MonitoringMutation, MonitoringQuery
from gateway.schema.notifications import NotificationsMutation, NotificationsQuery
from gateway.schema.oidc import OidcMutation, OidcQuery
from gateway.schema.pipelines import PipelinesMutation, PipelinesQuery
from gateway.schema.plugins import PluginsMutation, PluginsQuery
from gateway.schema.readings import ReadingsQuery
from gateway.schema.registry import RegistryQuery
from gateway.schema.retraining import RetrainingMutation, RetrainingQuery
from gateway.schema.rollouts import RolloutsMutation, RolloutsQuery
from gateway.schema.serving import ServingMutation, ServingQuery
from gateway.schema.suitability import SuitabilityQuery
from gateway.schema.tenancy import TenancyMutation, TenancyQuery
from gateway.schema.training import TrainingMutation, TrainingQuery
from gateway.schema.verdicts import VerdictsQuery
from gateway.schema.webhooks import WebhooksMutation, WebhooksQuery
from gateway.schema.workbench import WorkbenchMutation, WorkbenchQuery


@strawberry.type
class Query(
    TenancyQuery,
    OidcQuery,
    AssetsQuery,
    EventsQuery,
    ReadingsQuery,
    EdgesQuery,
    BlueprintsQuery,
    PluginsQuery,
    PipelinesQuery,
    SuitabilityQuery,
    VerdictsQuery,
    TrainingQuery,
    ServingQuery,
    RolloutsQuery,
    BindingsQuery,
    RetrainingQuery,
    MonitoringQuery,
    DriftQuery,
    EnclavesQuery,
    BudgetsQuery,
    AuditQuery,
    WebhooksQuery,
    NotificationsQuery,
    JobsQuery,
    CapsulesQuery,
    LedgerQuery,
    RegistryQuery,
    ChangesQuery,
    WorkbenchQuery,
):
    @strawberry.field(graphql_type=Node | None, description="Anything by its id; null when absent or not yours.")
    async def node(self, info: Info, id: strawberry.ID) -> object:
        return await info.context.node(id)


@strawberry.type
class Mutation(
    TenancyMutation,
    OidcMutation,
    EnclavesMutation,
    AssetsMutation,
    EdgesMutation,
    EventsMutation,
    TrainingMutation,
    ServingMutation,
    RolloutsMutation,
    BindingsMutation,
    RetrainingMutation,
    MonitoringMutation,
    WebhooksMutation,
    NotificationsMutation,
    PluginsMutation,
    PipelinesMutation,
    JobsMutation,
    LedgerMutation,
    CapsulesMutation,
    WorkbenchMutation,
): ...


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: `gateway.errors` logs what nobody expected, once. Strawberry would log each error of a refused
        query with its lines, and there may be a hundred."""


def build() -> strawberry.Schema:
    """The schema; one a process."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[ImportJobType, ExportJobType],
        extensions=[Prepare],
        execution_context_class=Executor,
        config=StrawberryConfig(disable_field_suggestions=True),
    )
