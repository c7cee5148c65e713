"""Ways to tenants' clusters: wanted in rows, seen through the provisioner."""

from services.enclaves import api
from services.enclaves.contracts import ClusterKind, ClusterStatus
from services.enclaves.platform import Ground
from services.kernel.clock import Clock, utc_now
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.kernel.uow import Database


class RowClusters:
    """`services.enclaves.platform.Clusters`: writes the wish; the reconciler does the rest."""

    def __init__(self, database: Database, ground: Ground, clock: Clock = utc_now) -> None:
        self._database = database
        self._ground = ground
        self._clock = clock

    async def want(self, tenant: TenantId, kind: ClusterKind) -> ClusterStatus:
        async with self._database.unit(tenant) as uow:
            await api.want_cluster(uow, system_principal(tenant), kind, self._clock())
            await uow.commit()
        return await self.status(tenant, kind)

    async def release(self, tenant: TenantId, kind: ClusterKind) -> None:
        async with self._database.unit(tenant) as uow:
            await api.release_cluster(uow, system_principal(tenant), kind, self._clock())
            await uow.commit()

    async def status(self, tenant: TenantId, kind: ClusterKind) -> ClusterStatus:
        async with self._database.unit(tenant) as uow:
            return await api.cluster_status(uow, system_principal(tenant), self._ground, kind)
