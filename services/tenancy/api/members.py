"""Who belongs to a tenant."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.kernel.rights import Permission, Principal, Role
from services.kernel.uow import UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import Member
from services.tenancy.errors import LastAdmin, MemberExists, MemberNotFound
from services.tenancy.passwords import hash_password
from services.tenancy.tables import MemberTable


async def add_member(
    uow: UnitOfWork, principal: Principal, email: str, name: str, role: Role, password: str | None
) -> Member:
    """Adds a member; without a password they sign in by a login link only. Raises `MemberExists`, and
    `EmailInvalid`, `NameInvalid`, `PasswordTooShort`."""
    principal.require(Permission.MANAGE_MEMBERS)
    email = await check_new(uow, email)
    password_hash = await hash_password(model.check_password(password)) if password is not None else None
    row = new_member(uow, email, name, role, password_hash)
    await insert_member(uow, row)
    return member_of(row)


async def list_members(uow: UnitOfWork, principal: Principal) -> list[Member]:
    principal.require(Permission.MANAGE_MEMBERS)
    return [member_of(row) for row in await repository.members(uow)]


async def change_role(uow: UnitOfWork, principal: Principal, member_id: UUID, role: Role) -> Member:
    """Takes effect with the member's next request. Raises `MemberNotFound`, `LastAdmin`."""
    principal.require(Permission.MANAGE_MEMBERS)
    row = await _member(uow, member_id)
    if role is not Role.ADMIN:
        await _keep_an_admin(uow, row)
    row.role = role.value
    return member_of(row)


async def remove_member(uow: UnitOfWork, principal: Principal, member_id: UUID) -> Member:
    """Removes the member with all sessions. Raises `MemberNotFound`, `LastAdmin`."""
    principal.require(Permission.MANAGE_MEMBERS)
    row = await _member(uow, member_id)
    await _keep_an_admin(uow, row)
    await uow.session.delete(row)
    return member_of(row)


async def check_new(uow: UnitOfWork, email: str) -> str:
    """The address in its one form. Raises `EmailInvalid`, `MemberExists`."""
    email = model.check_email(email)
    if await repository.member_by_email(uow, email):
        raise MemberExists(f"{email} is a member already.", field="email")
    return email


def new_member(uow: UnitOfWork, email: str, name: str, role: Role, password_hash: str | None) -> MemberTable:
    """The row of a member with a checked address, not added yet. Raises `NameInvalid`."""
    name = model.check_name(name)
    return MemberTable(tenant_id=uow.tenant, email=email, name=name, role=role.value, password_hash=password_hash)


async def insert_member(uow: UnitOfWork, row: MemberTable) -> None:
    """Raises `MemberExists`, also when somebody else adds the same address at the same moment."""
    uow.session.add(row)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise MemberExists(f"{row.email} is a member already.", field="email") from error


async def _member(uow: UnitOfWork, member_id: UUID) -> MemberTable:
    row = await repository.member(uow, member_id)
    if row is None:
        raise MemberNotFound("There is no such member.", field="memberId")
    return row


async def _keep_an_admin(uow: UnitOfWork, row: MemberTable) -> None:
    if row.role == Role.ADMIN and await repository.lock_admins(uow) == 1:
        raise LastAdmin(f"{row.name} is the only admin. Make someone else an admin first.", field="memberId")


def member_of(row: MemberTable) -> Member:
    return Member(id=row.id, email=row.email, name=row.name, role=Role(row.role), created_at=row.created_at)
