"""The door of workbenches: wished for and stopped by members, looked at through visits, kept as wished by `reconcile`.

Whoever may manage members sees and stops any; to everybody else, another's is absent.
"""

import json
import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.enclaves.contracts import ClusterState
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import WorkbenchBox, WorkbenchBoxes, WorkbenchSpec
from services.kernel.ids import TenantId
from services.kernel.rights import RIGHTS, Permission, Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.tenancy import api as tenancy
from services.tenancy.contracts import Member, TenantState
from services.tenancy.errors import MemberNotFound, SessionNotFound
from services.workbench import model
from services.workbench.contracts import Entrance, Visit, Workbench
from services.workbench.errors import WorkbenchForMembers, WorkbenchNotFound, WorkbenchNotReady
from services.workbench.repository import Workbenches
from services.workbench.tables import WorkbenchTable

_ABSENT = "There is no such workbench, or your time in it is over. Open it from the portal."
_STOPPED = WorkbenchBox(ClusterState.STOPPED, "")


async def start_workbench(uow: UnitOfWork, principal: Principal, ground: Ground, now: datetime) -> Workbench:
    """Asks for one's own; the reconciler brings it up. Harmless when it is asked for already.

    Raises `WorkbenchForMembers`, `ProvisioningFailed` where workbenches cannot be run.
    """
    _require_member(principal)
    return await _start(uow, ground, principal.actor, principal.name, now)


async def start_for(uow: UnitOfWork, principal: Principal, ground: Ground, email: str, now: datetime) -> Workbench:
    """The same for a member, by the platform's operator. Raises `MemberNotFound`, `Forbidden`."""
    principal.require_platform()
    member = await tenancy.member_by_email(uow, email)
    if member is None or not _may(member):
        raise MemberNotFound(f"{email} is no member, or may not use a workbench: make them an engineer or admin first.")
    return await _start(uow, ground, member.id, member.name, now)


async def stop_workbench(
    uow: UnitOfWork, principal: Principal, ground: Ground, workbench_id: UUID, now: datetime
) -> Workbench:
    """Its kernels end within a second and its key at once; the member's files stay. Harmless when it is stopped.

    Raises `WorkbenchNotFound`.
    """
    row = await _seen(uow, principal, workbench_id, lock=True)
    if row.wanted:
        whose = "" if row.member_id == principal.actor else f"{principal.name} stopped it."
        await _end(uow, row, ClusterState.STOPPED, whose)
    return await _shown(uow, ground, row)


async def get_workbench(uow: UnitOfWork, principal: Principal, ground: Ground, workbench_id: UUID) -> Workbench:
    """Raises `WorkbenchNotFound`."""
    return await _shown(uow, ground, await _seen(uow, principal, workbench_id))


async def my_workbench(uow: UnitOfWork, principal: Principal, ground: Ground) -> Workbench | None:
    """One's own; None for who never asked for one."""
    _require_member(principal)
    row = await Workbenches(uow).of_member(principal.actor)
    return None if row is None else await _shown(uow, ground, row)


async def list_workbenches(uow: UnitOfWork, principal: Principal, ground: Ground) -> list[Workbench]:
    """Of all members who ever had one, by name."""
    principal.require(Permission.MANAGE_MEMBERS)
    return [await _shown(uow, ground, row) for row in await Workbenches(uow).all()]


async def open_workbench(uow: UnitOfWork, principal: Principal, ground: Ground, now: datetime) -> Visit:
    """A visit to one's own, to be used once and soon; it ends with the session that asked.

    Raises `WorkbenchForMembers`, `WorkbenchNotReady`.
    """
    _require_member(principal)
    return await _open(uow, ground, principal.actor, principal.session, now + model.TICKET_LIFE)


async def open_for(uow: UnitOfWork, principal: Principal, ground: Ground, member_id: UUID, now: datetime) -> Visit:
    """A visit to a member's, for a link that the platform's operator prints; it ends with the workbench. Raises
    `WorkbenchNotReady`, `Forbidden`."""
    principal.require_platform()
    return await _open(uow, ground, member_id, None, now + model.LINK_LIFE)


async def use_visit(uow: UnitOfWork, visit_id: UUID, now: datetime) -> None:
    """For whoever holds the visit's sealed id. Raises `WorkbenchNotFound` when it was used, or not in time."""
    if not await Workbenches(uow).use_visit(visit_id, now):
        raise WorkbenchNotFound(_ABSENT)


async def entrance(uow: UnitOfWork, ground: Ground, visit_id: UUID) -> Entrance:
    """Where the calls of a visit go, all asked anew: session, member's right, tenant and box.

    Raises `WorkbenchNotFound` when the visit is over, `WorkbenchNotReady` while the box does not answer.
    """
    store = Workbenches(uow)
    visit = await store.visit(visit_id)
    row = await store.get(visit.workbench_id) if visit else None
    if visit is None or row is None or visit.used_at is None or visit.start != row.start:
        raise WorkbenchNotFound(_ABSENT)
    member = await tenancy.member_by_id(uow, row.member_id)
    if not (row.wanted and member and _may(member) and await tenancy.tenant_state(uow) is TenantState.ACTIVE):
        raise WorkbenchNotFound(_ABSENT)
    if visit.session_id is not None:
        try:
            await tenancy.get_session(uow, system_principal(uow.tenant), visit.session_id)
        except SessionNotFound as error:
            raise WorkbenchNotFound(_ABSENT) from error
    box = await _box(uow, ground, row)
    if box.socket is None or row.secret is None:
        raise WorkbenchNotReady(f"This workbench does not answer: {box.detail or 'it is stopped'}.")
    return Entrance(row.id, row.member_id, box.socket, json.loads(ground.vault.open(row.secret))["token"])


async def reconcile(platform: Platform, tenant: TenantId) -> None:
    """Brings the tenant's workbenches to what the rows want, and stops those that were idle or there for long, that
    have ended, whose member lost the right, or whose tenant is suspended. Idempotent."""
    ground = platform.ground
    if ground is None or ground.workbenches is None:
        return
    async with platform.database.unit(tenant) as uow:
        rows = await Workbenches(uow).live()
        if not rows:
            return
        state = await tenancy.tenant_state(uow)
        members = {member.id: member for member in await tenancy.list_members(uow, system_principal(tenant))}
        for row in rows:
            refused = _refused(row, state, members.get(row.member_id))
            await _bring(uow, ground, row, platform.clock(), refused)
        await uow.commit()


async def _bring(uow: UnitOfWork, ground: Ground, row: WorkbenchTable, now: datetime, refused: str | None) -> None:
    boxes = workbenches_of(ground)
    box = await _box(uow, ground, row)
    assert row.ends_at is not None, "it was set with the wish"
    if not row.wanted:  # it was stopped: what is left of it is the box
        await boxes.release(uow.tenant, row.member_id)
        row.secret = None
        return
    if why := refused or model.why_spent(
        now, box.idle_since, row.ends_at, ground.workbench.idle, ground.workbench.life
    ):
        await boxes.release(uow.tenant, row.member_id)
        await _end(uow, row, ClusterState.STOPPED, why)
        row.secret = None
        return
    if box.state is not ClusterState.FAILED:
        try:
            await boxes.want(_spec(uow.tenant, ground, row))
        except ProvisioningFailed as error:
            box = WorkbenchBox(ClusterState.FAILED, str(error))
    if box.state is ClusterState.FAILED:
        await boxes.release(uow.tenant, row.member_id)
        await _end(uow, row, ClusterState.FAILED, box.detail)
        row.secret = None
        return
    row.state, row.detail = box.state.value, box.detail


def _refused(row: WorkbenchTable, state: TenantState, member: Member | None) -> str | None:
    if state is not TenantState.ACTIVE:
        return "The tenant is suspended."
    return None if member and _may(member) else f"{row.member} may not use a workbench any more."


async def _start(uow: UnitOfWork, ground: Ground, member_id: UUID, name: str, now: datetime) -> Workbench:
    workbenches_of(ground)
    store = Workbenches(uow)
    row = await store.keep(member_id, name)
    if row.wanted and (ended := await _box(uow, ground, row)).state is ClusterState.FAILED:
        await _end(uow, row, ended.state, ended.detail)  # the reconciler has not looked yet
    if not row.wanted:
        await store.forget_visits(row.id)
        ends_at = now + ground.workbench.life
        made = await tenancy.create_api_key(
            uow, system_principal(uow.tenant), f"Workbench of {name}", model.BOX_RIGHTS, ends_at
        )
        row.secret = ground.vault.close(json.dumps({"key": made.secret, "token": secrets.token_urlsafe(32)}))
        row.key_id, row.member, row.start = made.key.id, name, row.start + 1
        row.wanted, row.started_at, row.ends_at = True, now, ends_at
        row.state, row.detail = ClusterState.STARTING.value, "asked for"
    return await _shown(uow, ground, row)


async def _end(uow: UnitOfWork, row: WorkbenchTable, state: ClusterState, why: str) -> None:
    """Nothing is good any more that the box holds; the box itself is the reconciler's to end."""
    if row.key_id is not None:
        await tenancy.revoke_api_key(uow, system_principal(uow.tenant), row.key_id)
        row.key_id = None
    row.wanted, row.state, row.detail = False, state.value, why


async def _open(uow: UnitOfWork, ground: Ground, member_id: UUID, session: UUID | None, until: datetime) -> Visit:
    store = Workbenches(uow)
    row = await store.of_member(member_id)
    if row is None or not row.wanted or (await _box(uow, ground, row)).state is not ClusterState.READY:
        raise WorkbenchNotReady("Your workbench does not run. Start it, and open it when it is ready.")
    return Visit(await store.add_visit(row, session, until), row.id, until)


async def _seen(uow: UnitOfWork, principal: Principal, workbench_id: UUID, *, lock: bool = False) -> WorkbenchTable:
    row = await Workbenches(uow).get(workbench_id, lock=lock)
    manages = Permission.MANAGE_MEMBERS in principal.permissions
    if row is None or not (manages or row.member_id == principal.actor):
        raise WorkbenchNotFound("There is no such workbench.", field="workbenchId")
    return row


async def _shown(uow: UnitOfWork, ground: Ground, row: WorkbenchTable) -> Workbench:
    """As its box says; one that is wanted and has no box yet is starting."""
    box = await _box(uow, ground, row) if row.wanted else WorkbenchBox(ClusterState(row.state), row.detail)
    if row.wanted and box.state is ClusterState.STOPPED:
        box = replace(box, state=ClusterState.STARTING, detail="asked for")
    return Workbench(
        id=row.id,
        member_id=row.member_id,
        member=row.member,
        state=box.state,
        detail=box.detail,
        started_at=row.started_at,
        ends_at=row.ends_at if row.wanted else None,
        memory_bytes=box.memory_bytes,
    )


async def _box(uow: UnitOfWork, ground: Ground, row: WorkbenchTable) -> WorkbenchBox:
    """That of the present start."""
    box = await workbenches_of(ground).status(uow.tenant, row.member_id)
    return box if box.start == row.start else _STOPPED


def _spec(tenant: TenantId, ground: Ground, row: WorkbenchTable) -> WorkbenchSpec:
    assert row.secret is not None, "it was set with the wish"
    secret = json.loads(ground.vault.open(row.secret))
    return WorkbenchSpec(
        tenant, row.member_id, row.member, row.start, secret["key"], secret["token"], ground.workbench.limits
    )


def workbenches_of(ground: Ground) -> WorkbenchBoxes:
    """Raises `ProvisioningFailed` where none can be run."""
    if ground.workbenches is None:
        raise ProvisioningFailed("Workbenches cannot be run on this installation.")
    return ground.workbenches


def _may(member: Member) -> bool:
    return Permission.USE_WORKBENCH in RIGHTS[member.role]


def _require_member(principal: Principal) -> None:
    principal.require(Permission.USE_WORKBENCH)
    if principal.kind != "member":
        raise WorkbenchForMembers("A workbench is a member's: sign in to the portal. A key has none.")
