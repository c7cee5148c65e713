"""A tenant's clusters: wanted, and brought to what is wanted."""

from datetime import datetime

from services.enclaves import model
from services.enclaves.api.reading import bucket_of, grounded, rows_of
from services.enclaves.contracts import ClusterKind, ClusterState, ClusterStatus
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import BoxSpec, BoxStatus
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import stream_account
from services.enclaves.tables import ClusterTable
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.tenancy import api as tenancy
from services.tenancy.contracts import TenantState


async def want_cluster(uow: UnitOfWork, principal: Principal, kind: ClusterKind, now: datetime) -> None:
    """Writes that the cluster is wanted; the reconciler brings it up. Harmless when it is there."""
    principal.require(Permission.VIEW)
    row = await Enclaves(uow).keep_cluster(kind, now)
    if not row.wanted:
        row.generation += 1
    row.wanted, row.wanted_at = True, now
    uow.session.add(row)


async def release_cluster(uow: UnitOfWork, principal: Principal, kind: ClusterKind, now: datetime) -> None:
    principal.require(Permission.EDIT_PLANT)
    row = await Enclaves(uow).cluster(kind, lock=True)
    if row is not None:
        row.wanted, row.updated_at = False, now
        uow.session.add(row)


async def cluster_status(uow: UnitOfWork, principal: Principal, ground: Ground, kind: ClusterKind) -> ClusterStatus:
    """As the box says; a cluster that is wanted and has no box yet is starting."""
    principal.require(Permission.VIEW)
    box = await ground.boxes.status(uow.tenant, kind)
    state, detail = box.state, box.detail
    if state is ClusterState.STOPPED:
        row = await Enclaves(uow).cluster(kind)
        if row is not None and row.wanted:
            state, detail = ClusterState.STARTING, "asked for"
    return ClusterStatus(uow.tenant, kind, state, detail, box.score_socket)


async def reconcile(platform: Platform, tenant: TenantId) -> TenantState:
    """Brings the tenant's boxes to what the rows want, stops a training cluster that was idle for long, and writes
    down what was seen. A suspended tenant has no boxes, whatever is wanted. Returns the state that it went by.

    Idempotent; raises `ProvisioningFailed`, `TenantBeingDeleted`."""
    ground = grounded(platform)
    seen: list[tuple[ClusterTable, BoxStatus, bool]] = []
    # Open until the last box is asked for: a deletion waits for the end of the unit, and so finds that box.
    async with platform.database.unit(tenant) as uow:
        state = await tenancy.tenant_state(uow)
        rows = {ClusterKind(row.kind): row for row in await Enclaves(uow).clusters()}
        wanted = [kind for kind, row in rows.items() if row.wanted and state is TenantState.ACTIVE]
        specs = await _specs(uow, ground, wanted)
        for kind, row in rows.items():
            box = await ground.boxes.status(tenant, kind)
            spent = model.is_spent(kind, box.idle_since, row.wanted_at, platform.clock(), ground.policy.training_idle)
            if kind in specs and not spent:
                await ground.boxes.want(specs[kind])
            seen.append((row, box, spent))
    for row, box, spent in seen:
        if spent or ClusterKind(row.kind) not in specs:
            await ground.boxes.release(tenant, ClusterKind(row.kind))
        await _note(platform, tenant, row, box.state, box.detail, spent=spent)
    return state


async def _note(
    platform: Platform, tenant: TenantId, seen: ClusterTable, state: ClusterState, detail: str, *, spent: bool
) -> None:
    if not spent and (seen.state, seen.detail) == (state.value, detail):
        return
    async with platform.database.unit(tenant) as uow:
        row = await Enclaves(uow).cluster(ClusterKind(seen.kind), lock=True)
        if row is None:
            return
        changed = row.state != state.value
        row.state, row.detail, row.updated_at = state.value, detail, platform.clock()
        if spent and row.wanted_at == seen.wanted_at:  # nobody asked for it in the meantime
            row.wanted = False
        uow.session.add(row)
        if changed:
            uow.announce("enclaves.cluster_changed", kind=seen.kind, state=state.value)
        await uow.commit()


async def _specs(uow: UnitOfWork, ground: Ground, kinds: list[ClusterKind]) -> dict[ClusterKind, BoxSpec]:
    if not kinds:
        return {}
    enclave, rows = await rows_of(uow)
    plugins = await ground.plugins(uow, ground.vault.open)
    account, bucket = stream_account(ground.vault, enclave, rows), bucket_of(ground, enclave, rows)
    return {
        kind: BoxSpec(
            tenant=uow.tenant,
            kind=kind,
            driver=ground.policy.drivers[kind],
            stream=ground.accounts.credential(account, model.CLUSTER_USER[kind]),
            inbox_prefix=model.inbox_prefix(model.CLUSTER_USER[kind]),
            bucket=bucket,
            limits=ground.policy.limits_of(kind),
            plugins=plugins,
        )
        for kind in kinds
    }
