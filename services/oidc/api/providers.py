"""Which providers a tenant trusts. Who says so decides who may come in as any member: it takes `MANAGE_MEMBERS`."""

from uuid import UUID

from services.enclaves.platform import Ground
from services.kernel.clock import utc_now
from services.kernel.ids import TenantId
from services.kernel.reach import Reach
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.oidc import model, repository
from services.oidc.adapters.issuers import Issuers
from services.oidc.contracts import LoginProvider, NewProvider, ProviderChange
from services.oidc.errors import LoginProviderNotFound, ProviderExists, TooManyProviders
from services.oidc.tables import LoginProviderRow


async def check_provider(issuers: Issuers, principal: Principal, new: NewProvider) -> None:
    """Asks the issuer for what a log-in needs; in no transaction, since it may be slow. Raises what `add_provider`
    raises of the input, and `ProviderUnusable`, which says what is wrong over there."""
    principal.require(Permission.MANAGE_MEMBERS)
    row = _checked(principal.tenant, principal, new, issuers.reach)
    await issuers.check(principal.tenant, row.issuer)


async def add_provider(
    uow: UnitOfWork, principal: Principal, ground: Ground, reach: Reach, new: NewProvider
) -> LoginProvider:
    """Trusts it from now on. Raises `ProviderInvalid`, `IssuerInvalid`, `ProviderExists`, `TooManyProviders`."""
    principal.require(Permission.MANAGE_MEMBERS)
    row = _checked(uow.tenant, principal, new, reach)
    if row.client_secret is not None:
        row.client_secret = ground.vault.close(row.client_secret)
    await repository.lock_providers(uow)
    known = await repository.providers(uow)
    if any(each.issuer == row.issuer for each in known):
        message = "This issuer is trusted already. Change what is there, or remove it first."
        raise ProviderExists(message, field="issuer")
    if len(known) >= model.MOST_PROVIDERS:
        message = f"A tenant has at most {model.MOST_PROVIDERS} providers. Remove one that nobody needs."
        raise TooManyProviders(message, limit=model.MOST_PROVIDERS)
    uow.session.add(row)
    await uow.session.flush()
    return provider_of(row)


async def change_provider(
    uow: UnitOfWork, principal: Principal, ground: Ground, provider_id: UUID, change: ProviderChange
) -> LoginProvider:
    """From the next log-in on. The issuer stays: another one names other people. Raises `LoginProviderNotFound`,
    `ProviderInvalid`."""
    row = await _provider(uow, principal, provider_id)
    if change.name is not None:
        row.name = model.checked_name(change.name)
    if change.client_id is not None:
        row.client_id = model.checked_client(change.client_id, "clientId")
    if change.client_secret is not None:
        secret = change.client_secret.strip()
        row.client_secret = ground.vault.close(model.checked_client(secret, "clientSecret")) if secret else None
    if change.domains is not None:
        row.domains = model.checked_domains(change.domains)
    await uow.session.flush()
    return provider_of(row)


async def remove_provider(uow: UnitOfWork, principal: Principal, provider_id: UUID) -> LoginProvider:
    """Nobody comes in by it any more, and who is who of it is forgotten; members and their sessions stay. Raises
    `LoginProviderNotFound`."""
    row = await _provider(uow, principal, provider_id)
    gone = provider_of(row)
    await uow.session.delete(row)
    await uow.session.flush()
    return gone


async def list_providers(uow: UnitOfWork, principal: Principal) -> list[LoginProvider]:
    """In the order they were added; there are few."""
    principal.require(Permission.MANAGE_MEMBERS)
    return [provider_of(row) for row in await repository.providers(uow)]


def _checked(tenant: TenantId, principal: Principal, new: NewProvider, reach: Reach) -> LoginProviderRow:
    """The row of it, with its secret as it was given."""
    secret = new.client_secret
    return LoginProviderRow(
        tenant_id=tenant,
        name=model.checked_name(new.name),
        issuer=model.checked_issuer(new.issuer, reach),
        client_id=model.checked_client(new.client_id, "clientId"),
        client_secret=model.checked_client(secret, "clientSecret") if secret else None,
        domains=model.checked_domains(new.domains),
        created_by=principal.name,
        created_at=utc_now(),
    )


async def _provider(uow: UnitOfWork, principal: Principal, provider_id: UUID) -> LoginProviderRow:
    principal.require(Permission.MANAGE_MEMBERS)
    row = await repository.provider(uow, provider_id, lock=True)
    if row is None:
        raise LoginProviderNotFound("There is no such provider.", field="providerId")
    return row


def provider_of(row: LoginProviderRow) -> LoginProvider:
    return LoginProvider(
        id=row.id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        has_secret=row.client_secret is not None,
        domains=tuple(row.domains),
        created_by=row.created_by,
        created_at=row.created_at,
    )
