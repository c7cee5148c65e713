"""The log-in itself: a browser is sent to the provider, and what it brings back becomes a session.

Neither half holds a connection to the database while the provider is asked. An attempt is used up before anything else
happens, whatever comes of it.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog

from services.enclaves.platform import Ground
from services.kernel.clock import utc_now
from services.kernel.ids import TenantId
from services.kernel.outward import NoAnswer
from services.kernel.uow import Database, UnitOfWork
from services.oidc import model, repository
from services.oidc.adapters.issuers import Issuers
from services.oidc.contracts import BegunLogin, OfferedProvider, Returned
from services.oidc.errors import (
    IdentityUnknown,
    LoginAttemptRefused,
    LoginProviderNotFound,
    LoginRefused,
    ProviderUnavailable,
    ProviderUnusable,
)
from services.oidc.model import Metadata
from services.oidc.tables import LoginAttemptRow, LoginProviderRow
from services.oidc.tokens import Person, TokenRefused, Wanted
from services.tenancy import api as tenancy
from services.tenancy.contracts import Member, OpenedSession
from services.tenancy.errors import TenantNotFound

log = structlog.get_logger(__name__)


async def offered_providers(database: Database, slug: str) -> list[OfferedProvider]:
    """For the sign-in page of a tenant: nothing where there is no such tenant."""
    try:
        tenant = await tenancy.tenant_by_slug(database, slug)
    except TenantNotFound:
        return []
    async with database.unit(tenant.id) as uow:
        return [OfferedProvider(row.id, row.name) for row in await repository.providers(uow)]


async def begin_login(
    database: Database, ground: Ground, issuers: Issuers, slug: str, provider_id: UUID, redirect_uri: str
) -> BegunLogin:
    """An attempt that is good once, for ten minutes, in the browser that gets `browser`.

    Raises `LoginProviderNotFound` (also for a tenant that is not there), `ProviderUnavailable`.
    """
    tenant = await _tenant(database, slug, LoginProviderNotFound("There is no such provider.", field="provider"))
    async with database.unit(tenant) as uow:
        provider = await repository.provider(uow, provider_id)
    if provider is None:
        raise LoginProviderNotFound("There is no such provider.", field="provider")
    metadata = await _metadata(issuers, tenant, provider)
    state, nonce, verifier, browser = (model.new_token() for _ in range(4))
    now = utc_now()
    row = LoginAttemptRow(
        tenant_id=tenant,
        provider_id=provider.id,
        state_digest=model.digest_of(state),
        browser_digest=model.digest_of(browser),
        nonce_digest=model.digest_of(nonce),
        verifier=ground.vault.close(verifier),
        redirect_uri=redirect_uri,
        expires_at=now + model.ATTEMPT_LIFE,
    )
    async with database.unit(tenant) as uow:
        await repository.add_attempt(uow, row, now, model.MOST_ATTEMPTS)
        await uow.commit()
    url = model.authorization_url(metadata, provider.client_id, redirect_uri, state, nonce, verifier)
    return BegunLogin(url, browser, int(model.ATTEMPT_LIFE.total_seconds()))


async def finish_login(
    database: Database, ground: Ground, issuers: Issuers, slug: str, returned: Returned, user_agent: str = ""
) -> OpenedSession:
    """The session of the member whom the provider vouches for.

    A person who comes for the first time is bound to the member with their address, which the provider must call
    verified; without one, to an open invitation for it, which makes them a member. After that only the subject counts.

    Raises `LoginAttemptRefused`, `LoginRefused`, `IdentityUnknown`, `ProviderUnavailable`, and `TenantSuspended` to who
    has shown who they are.
    """
    tenant = await _tenant(database, slug, _attempt_refused())
    begun = await _use(database, tenant, returned)
    try:
        metadata, person, access_token = await _person(ground, issuers, tenant, begun, returned)
        async with database.unit(tenant) as uow:
            known = await repository.member_of(uow, begun.provider.id, person.subject)
        if known is None:
            person = await issuers.more_of(metadata, person, access_token)
    except TokenRefused as error:
        log.warning("login refused", tenant=str(tenant), provider=str(begun.provider.id), reason=str(error))
        raise LoginRefused("The provider did not let you in, or its answer was not good. Try again.") from error
    except NoAnswer as error:
        raise _unavailable(tenant, begun.provider, error) from error
    async with database.unit(tenant) as uow:
        provider = await repository.provider(uow, begun.provider.id)
        if provider is None:
            raise _attempt_refused()
        member = await _known(uow, provider, person)
        found = member or await _newcomer(uow, provider, person)
        opened = await tenancy.open_session_of(uow, found.id, user_agent)
        if member is None:  # only now, so that the trail names the member
            await _bind(uow, provider, person, found)
        await uow.commit()
    return opened


@dataclass(frozen=True, slots=True)
class _Begun:
    """A used attempt, and its provider as it is now."""

    attempt: LoginAttemptRow
    provider: LoginProviderRow


async def _use(database: Database, tenant: TenantId, returned: Returned) -> _Begun:
    async with database.unit(tenant) as uow:
        state, browser = model.digest_of(returned.state), model.digest_of(returned.browser)
        attempt = await repository.use_attempt(uow, state, browser, utc_now())
        provider = await repository.provider(uow, attempt.provider_id) if attempt else None
        await uow.commit()
    if attempt is None or provider is None:
        raise _attempt_refused()
    return _Begun(attempt, provider)


async def _person(
    ground: Ground, issuers: Issuers, tenant: TenantId, begun: _Begun, returned: Returned
) -> tuple[Metadata, Person, str | None]:
    """Who came back, by the provider's word. Raises `TokenRefused`, `NoAnswer`."""
    provider, attempt = begun.provider, begun.attempt
    metadata = await _metadata(issuers, tenant, provider)
    if returned.issuer != provider.issuer and (returned.issuer is not None or metadata.names_issuer):
        raise TokenRefused("What came back is another issuer's, or does not say whose (`iss`).")
    if returned.error is not None or not returned.code:
        raise TokenRefused(f"There is no code: {str(returned.error)[:100]!r}.")
    secret = ground.vault.open(provider.client_secret) if provider.client_secret else None
    headers, form = model.token_request(
        metadata, provider.client_id, secret, returned.code, attempt.redirect_uri, ground.vault.open(attempt.verifier)
    )
    told = await issuers.redeem(metadata, headers, form)
    id_token, access_token = told.get("id_token"), told.get("access_token")
    if not isinstance(id_token, str):
        raise TokenRefused("There is no ID token for the code.")
    access_token = access_token if isinstance(access_token, str) else None
    wanted = Wanted(provider.issuer, provider.client_id, attempt.nonce_digest, utc_now())
    return metadata, await issuers.person(tenant, metadata, id_token, wanted, access_token), access_token


async def _known(uow: UnitOfWork, provider: LoginProviderRow, person: Person) -> Member | None:
    """The member who is bound to that person. Raises `IdentityUnknown` for one of a domain that may not come by it."""
    known = await repository.member_of(uow, provider.id, person.subject)
    member = await tenancy.member_by_id(uow, known) if known else None
    if member is not None and not model.in_domains(member.email, provider.domains):
        raise _unknown(uow, provider, "the member's address is of no domain that may come by it")
    return member


async def _newcomer(uow: UnitOfWork, provider: LoginProviderRow, person: Person) -> Member:
    """The member with the person's verified address, made now if they are invited. Raises `IdentityUnknown`."""
    if person.email is None or not person.email_verified:
        raise _unknown(uow, provider, "there is no verified address")
    if not model.in_domains(person.email, provider.domains):
        raise _unknown(uow, provider, "the address is of no domain that may come by it")
    member = await tenancy.member_by_email(uow, person.email)
    member = member or await tenancy.join_invited(uow, person.email, person.name)
    if member is None:
        raise _unknown(uow, provider, "nobody has the address, and no open invitation is for it")
    return member


async def _bind(uow: UnitOfWork, provider: LoginProviderRow, person: Person, member: Member) -> None:
    """Raises `IdentityUnknown` if the member is another person of the provider."""
    if await repository.bind(uow, provider.id, person.subject, member.id, utc_now()):
        return
    if await repository.member_of(uow, provider.id, person.subject) != member.id:  # else they came twice at once
        raise _unknown(uow, provider, "the member is another person of the provider already")


async def _tenant(database: Database, slug: str, absent: Exception) -> TenantId:
    try:
        return (await tenancy.tenant_by_slug(database, slug)).id
    except TenantNotFound:
        raise absent from None


async def _metadata(issuers: Issuers, tenant: TenantId, provider: LoginProviderRow) -> Metadata:
    """Raises `ProviderUnavailable`."""
    try:
        return await issuers.discover(tenant, provider.issuer)
    except (NoAnswer, ProviderUnusable) as error:
        raise _unavailable(tenant, provider, error) from error


def _unavailable(tenant: TenantId, provider: LoginProviderRow, error: Exception) -> ProviderUnavailable:
    log.warning("provider unavailable", tenant=str(tenant), provider=str(provider.id), reason=str(error))
    return ProviderUnavailable(f"{provider.name} cannot be asked just now. Try again, or sign in another way.")


def _attempt_refused() -> LoginAttemptRefused:
    return LoginAttemptRefused("This log-in is over, was used, or began in another browser. Begin again.")


def _unknown(uow: UnitOfWork, provider: LoginProviderRow, reason: str) -> IdentityUnknown:
    log.warning("identity unknown", tenant=str(uow.tenant), provider=str(provider.id), reason=reason)
    return IdentityUnknown(
        "The provider knows you, and nobody in this tenant is you. Ask an admin to add or invite the address that "
        "the provider has of you, and see that the provider calls it verified."
    )
