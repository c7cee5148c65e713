"""API keys: what machines sign in with."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import ApiKey, NewApiKey
from services.tenancy.errors import ApiKeyEnded, ApiKeyInRotation, ApiKeyNotFound, ScopeNotHeld
from services.tenancy.tables import ApiKeyTable


async def create_api_key(
    uow: UnitOfWork, principal: Principal, name: str, scopes: Collection[Permission], expires_at: datetime | None = None
) -> NewApiKey:
    """Makes a key with some of the maker's own rights. Raises `ScopeNotHeld` for more than those, or for none."""
    principal.require(Permission.MANAGE_KEYS)
    if not scopes:
        raise ScopeNotHeld("A key needs at least one scope.", field="scopes")
    _check_held(principal, scopes, "scopes")
    return await _make(uow, name, sorted(scope.value for scope in scopes), expires_at)


async def rotate_api_key(uow: UnitOfWork, principal: Principal, key_id: UUID, overlap: timedelta) -> NewApiKey:
    """Makes a key that takes the place of another one, with its name, scopes and end; that one lives on for `overlap`.

    Raises `ApiKeyNotFound`, `ApiKeyEnded`, `ApiKeyInRotation` (at most two secrets are good at a time),
    `OverlapTooLong`, and `ScopeNotHeld` when the key may more than who asks.
    """
    principal.require(Permission.MANAGE_KEYS)
    now = utc_now()
    old = await _row(uow, key_id, lock=True)
    until = model.end_of_overlap(now, overlap, old.expires_at)
    _check_held(principal, _scopes(old), "keyId")
    if not model.alive(now, old.expires_at, old.revoked_at):
        raise ApiKeyEnded("This API key has ended. Make a new one.", field="keyId")
    if await repository.successor_of_key(uow, old.id):
        raise ApiKeyInRotation("Another key takes the place of this one already. Rotate that one.", field="keyId")
    before = await repository.api_key(uow, old.replaces) if old.replaces else None
    if before and model.alive(now, before.expires_at, before.revoked_at):
        raise ApiKeyInRotation(
            "The key before this one is still good, and two are the most. Revoke that one, or wait until it ends.",
            field="keyId",
            until=before.expires_at,
        )
    made = await _make(uow, old.name, old.scopes, old.expires_at, replaces=old.id)
    old.expires_at = until
    return made


async def list_api_keys(uow: UnitOfWork, principal: Principal) -> list[ApiKey]:
    principal.require(Permission.MANAGE_KEYS)
    return [_key(row) for row in await repository.api_keys(uow)]


async def revoke_api_key(uow: UnitOfWork, principal: Principal, key_id: UUID) -> ApiKey:
    """Ends the key at once, and with it the one whose place it takes; harmless when it has ended. Revoking the old one
    of the two leaves the new one. Raises `ApiKeyNotFound`."""
    principal.require(Permission.MANAGE_KEYS)
    now = utc_now()
    row = await _row(uow, key_id)
    before = await repository.api_key(uow, row.replaces) if row.replaces else None
    for each in (row, before):
        if each is not None:
            each.revoked_at = each.revoked_at or now
    return _key(row)


async def _make(
    uow: UnitOfWork, name: str, scopes: list[str], expires_at: datetime | None, replaces: UUID | None = None
) -> NewApiKey:
    secret = model.new_key_secret()
    row = ApiKeyTable(
        tenant_id=uow.tenant,
        name=name,
        prefix=model.shown_part(secret),
        digest=model.digest_of(secret),
        scopes=scopes,
        expires_at=expires_at,
        replaces=replaces,
    )
    uow.session.add(row)
    await uow.session.flush()
    return NewApiKey(key=_key(row), secret=secret)


async def _row(uow: UnitOfWork, key_id: UUID, *, lock: bool = False) -> ApiKeyTable:
    row = await repository.api_key(uow, key_id, lock=lock)
    if row is None:
        raise ApiKeyNotFound("There is no such API key.", field="keyId")
    return row


def _check_held(principal: Principal, scopes: Collection[Permission], field: str) -> None:
    if missing := sorted(set(scopes) - principal.permissions):
        raise ScopeNotHeld(f"You cannot give rights you do not have: {', '.join(missing)}.", field=field)


def _scopes(row: ApiKeyTable) -> frozenset[Permission]:
    return frozenset(Permission(scope) for scope in row.scopes)


def _key(row: ApiKeyTable) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=_scopes(row),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        replaces=row.replaces,
    )
