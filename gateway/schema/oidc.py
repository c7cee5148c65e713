"""Providers of identity by which members may log in."""

from datetime import datetime

import strawberry

from gateway.relay import parse_id
from gateway.schema.kit import Info, Keyed, Node, mutation
from services.enclaves import api as enclaves
from services.kernel.rights import Permission
from services.oidc import api as oidc
from services.oidc import contracts


@strawberry.type(name="LoginProvider", description="An OpenID Connect issuer by which members may log in.")
class LoginProviderType(Node):
    represents = contracts.LoginProvider
    name: str = strawberry.field(description="Stands on the button of the sign-in page.")
    issuer: str
    client_id: str
    has_secret: bool = strawberry.field(description="Whether a client secret is kept; it is never shown.")
    domains: list[str] = strawberry.field(description="Of e-mail addresses that may come by it; all if empty.")
    created_by: str
    created_at: datetime


@strawberry.type
class OidcQuery:
    @strawberry.field(
        graphql_type=list[LoginProviderType], description="In the order added, 5 at most. Needs `MANAGE_MEMBERS`."
    )
    async def login_providers(self, info: Info) -> list[contracts.LoginProvider]:
        return await info.context.read(oidc.list_providers)


@strawberry.input
class AddLoginProviderInput(Keyed):
    name: str = strawberry.field(description="Stands on the button of the sign-in page.")
    issuer: str = strawberry.field(description="`https://…`, to the last character as the provider writes itself.")
    client_id: str
    client_secret: str | None = strawberry.field(default=None, description="None for a public client.")
    domains: list[str] = strawberry.field(
        default_factory=list, description="Of e-mail addresses that may come by it; all if empty."
    )


@strawberry.input
class ChangeLoginProviderInput(Keyed):
    provider_id: strawberry.ID
    name: str | None = strawberry.field(default=None, description="What is left out stays as it is.")
    client_id: str | None = None
    client_secret: str | None = strawberry.field(default=None, description="Empty: there is none any more.")
    domains: list[str] | None = None


@strawberry.input
class RemoveLoginProviderInput(Keyed):
    provider_id: strawberry.ID


@strawberry.type
class OidcMutation:
    @mutation(
        Permission.MANAGE_MEMBERS,
        "AddLoginProviderResult",
        LoginProviderType,
        "Asks the issuer for what a log-in needs, and lets members log in by it from now on.",
    )
    async def add_login_provider(self, info: Info, input: AddLoginProviderInput) -> contracts.LoginProvider:
        new = contracts.NewProvider(
            input.name, input.issuer, input.client_id, input.client_secret, tuple(input.domains)
        )
        issuers = info.context.issuers
        await oidc.check_provider(issuers, info.context.principal, new)
        ground = enclaves.grounded(info.context.platform)
        return await info.context.change(oidc.add_provider, ground, issuers.reach, new)

    @mutation(
        Permission.MANAGE_MEMBERS,
        "ChangeLoginProviderResult",
        LoginProviderType,
        "Changes a provider from the next log-in on; its issuer stays.",
    )
    async def change_login_provider(self, info: Info, input: ChangeLoginProviderInput) -> contracts.LoginProvider:
        provider = parse_id(input.provider_id, "LoginProvider", "providerId")
        domains = None if input.domains is None else tuple(input.domains)
        change = contracts.ProviderChange(input.name, input.client_id, input.client_secret, domains)
        ground = enclaves.grounded(info.context.platform)
        return await info.context.change(oidc.change_provider, ground, provider, change)

    @mutation(
        Permission.MANAGE_MEMBERS,
        "RemoveLoginProviderResult",
        LoginProviderType,
        "Lets nobody log in by it any more, and forgets who is who of it. Members and their sessions stay.",
    )
    async def remove_login_provider(self, info: Info, input: RemoveLoginProviderInput) -> contracts.LoginProvider:
        provider = parse_id(input.provider_id, "LoginProvider", "providerId")
        return await info.context.change(oidc.remove_provider, provider)
