"""What the person at the machine does with the providers by which a tenant's members log in."""

import getpass
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from gateway.app import issuers
from infra.bootstrap import open_platform
from infra.gateway import chosen
from infra.local.state import State
from infra.settings import Settings
from services.enclaves import api as enclaves
from services.kernel.acting import acts, doing
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.oidc import api as oidc
from services.oidc.contracts import LoginProvider, NewProvider
from services.oidc.errors import LoginProviderNotFound
from services.tenancy import api as tenancy


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    add: NewProvider | None = None
    remove: str | None = None
    """An issuer."""


def secret_of(file: Path | None) -> str | None:
    """The client's secret: never an argument, which every process of the machine can read. Raises `OSError`."""
    if file is None:
        return None
    return (getpass.getpass("Secret of the client: ") if str(file) == "-" else file.read_text("utf-8")).strip()


def wish_of(
    issuer: str | None,
    client_id: str | None,
    secret: str | None,
    name: str | None,
    domains: tuple[str, ...],
    *,
    remove: bool,
) -> Wish:
    """Raises `ValueError` for half a wish."""
    more = client_id or secret or name or domains
    if issuer is None:
        if more or remove:
            raise ValueError("Say which issuer, as the provider writes itself: https://…")
        return Wish()
    if remove:
        if more:
            raise ValueError("To remove a provider takes its issuer only.")
        return Wish(remove=issuer)
    if client_id is None:
        raise ValueError("Say --client-id, which the provider gave you for Andon, or --remove.")
    return Wish(add=NewProvider(name or httpx.URL(issuer).host or issuer, issuer, client_id, secret, domains))


async def ask(settings: Settings, state: State, slug: str, wish: Wish, asked_by: str) -> list[LoginProvider]:
    """The tenant's providers, after what was wished. Raises `TenantNotFound` and what `oidc` raises."""
    async with open_platform(settings, state) as platform:
        tenant = await tenancy.tenant_by_slug(platform.database, slug)
        principal = replace(system_principal(tenant.id), name=f"{asked_by}, platform operator")
        acts(principal)
        known = issuers(chosen(state))
        if wish.add is not None:
            await oidc.check_provider(known, principal, wish.add)
            with doing("oidc.add_provider"):
                async with platform.database.unit(tenant.id) as uow:
                    await oidc.add_provider(uow, principal, enclaves.grounded(platform), known.reach, wish.add)
                    await uow.commit()
        if wish.remove is not None:
            with doing("oidc.remove_provider"):
                async with platform.database.unit(tenant.id) as uow:
                    await _remove(uow, principal, wish.remove)
                    await uow.commit()
        async with platform.database.unit(tenant.id) as uow:
            return await oidc.list_providers(uow, principal)


async def _remove(uow: UnitOfWork, principal: Principal, issuer: str) -> None:
    found = [one.id for one in await oidc.list_providers(uow, principal) if one.issuer == issuer]
    if not found:
        raise LoginProviderNotFound(f"The tenant trusts no issuer {issuer}.")
    await oidc.remove_provider(uow, principal, found[0])
