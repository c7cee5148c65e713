"""What a tenant has to itself: its two clusters."""

import strawberry

from gateway.schema.kit import Info
from services.enclaves.contracts import ClusterKind, ClusterState, ClusterStatus
from services.kernel.rights import Permission as Right

strawberry.enum(ClusterKind, description="Training and serving are apart.")
strawberry.enum(ClusterState, description="How far a cluster is.")


@strawberry.type(description="A cluster of the tenant. It is started when first needed.")
class Cluster:
    kind: ClusterKind
    state: ClusterState
    detail: str


@strawberry.type
class EnclavesQuery:
    @strawberry.field(graphql_type=list[Cluster])
    async def clusters(self, info: Info) -> list[ClusterStatus]:
        info.context.principal.require(Right.VIEW)
        clusters, tenant = info.context.platform.clusters, info.context.principal.tenant
        return [await clusters.status(tenant, kind) for kind in ClusterKind]
