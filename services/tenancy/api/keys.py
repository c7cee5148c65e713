"""API keys: what machines sign in with."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import ApiKey, NewApiKey
from services.tenancy.errors import ApiKeyNotFound, ScopeNotHeld
from services.tenancy.tables import ApiKeyTable


async def create_api_key(
    uow: UnitOfWork, principal: Principal, name: str, scopes: Collection[Permission], expires_at: datetime | None = None
) -> NewApiKey:
    """Makes a key with some of the maker's own rights. Raises `ScopeNotHeld` for more than those, or for none."""
    principal.require(Permission.MANAGE_KEYS)
    if not scopes:
        raise ScopeNotHeld("A key needs at least one scope.", field="scopes")
    if missing := sorted(set(scopes) - principal.permissions):
        raise ScopeNotHeld(f"You cannot give rights you do not have: {', '.join(missing)}.", field="scopes")
    secret = model.new_key_secret()
    row = ApiKeyTable(
        tenant_id=uow.tenant,
        name=name,
        prefix=model.shown_part(secret),
        digest=model.digest_of(secret),
        scopes=sorted(scope.value for scope in scopes),
        expires_at=expires_at,
    )
    uow.session.add(row)
    await uow.session.flush()
    return NewApiKey(key=_key(row), secret=secret)


async def list_api_keys(uow: UnitOfWork, principal: Principal) -> list[ApiKey]:
    principal.require(Permission.MANAGE_KEYS)
    return [_key(row) for row in await repository.api_keys(uow)]


async def revoke_api_key(uow: UnitOfWork, principal: Principal, key_id: UUID) -> ApiKey:
    """Ends the key at once; harmless when it has ended. Raises `ApiKeyNotFound`."""
    principal.require(Permission.MANAGE_KEYS)
    row = await repository.api_key(uow, key_id)
    if row is None:
        raise ApiKeyNotFound("There is no such API key.", field="keyId")
    row.revoked_at = row.revoked_at or utc_now()
    return _key(row)


def _key(row: ApiKeyTable) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(Permission(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
