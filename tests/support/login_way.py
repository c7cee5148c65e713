"""A tenant that trusts a provider of identity, the npm package `oidc-provider`, and people who try to come in."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from gateway_client import BASE, admin_of, http_client, signed_in
from identity_provider import CLIENT, SECRET, IdentityProvider

from gateway.relay import split_id
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.tenancy import api as tenancy

ADD = """mutation ($input: AddLoginProviderInput!) { addLoginProvider(input: $input) {
  __typename ... on LoginProvider { id name issuer clientId hasSecret domains createdBy }
  ... on Error { code field message }
} }"""
CHANGE = """mutation ($input: ChangeLoginProviderInput!) { changeLoginProvider(input: $input) {
  __typename ... on LoginProvider { id name clientId hasSecret domains } ... on Error { code field }
} }"""
REMOVE = """mutation ($input: RemoveLoginProviderInput!) { removeLoginProvider(input: $input) {
  __typename ... on LoginProvider { id } ... on Error { code }
} }"""


def account(name: str, **more: Any) -> dict[str, dict[str, Any]]:
    """One of the provider: subject `name`, with a verified address."""
    return {name: {"email": f"{name}@example.com", "email_verified": True, "name": name.title()} | more}


@dataclass
class Way:
    """A tenant that trusts the provider, and people who try to come in."""

    platform: Any
    app: Any
    tenant: Any
    idp: IdentityProvider
    provider: str = ""
    accounts: dict[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def callback(self) -> str:
        return f"{BASE}/v1/oidc/{self.slug}/callback"

    async def add(self, **more: Any) -> dict[str, Any]:
        admin = await signed_in(self.app, self.tenant)
        known = {"name": "Works", "issuer": self.idp.issuer, "clientId": CLIENT, "clientSecret": SECRET}
        return (await admin.ask(ADD, input=known | more))["addLoginProvider"]

    async def change(self, **what: Any) -> dict[str, Any]:
        admin = await signed_in(self.app, self.tenant)
        listed = (await admin.ask("{ loginProviders { id } }"))["loginProviders"]
        return (await admin.ask(CHANGE, input={"providerId": listed[0]["id"], **what}))["changeLoginProvider"]

    async def person(self, name: str, *, member: bool = True, role: Role = Role.OPERATOR, **more: Any) -> str:
        """Makes an account of a name like that, and a member with its address unless there is to be none."""
        name = f"{name}-{new_id().hex[-8:]}"
        self.accounts |= account(name, **more)
        await self.idp.told(accounts=self.accounts)
        if member:
            async with self.platform.unit(self.tenant) as uow:
                email = f"{name}@example.com"
                await tenancy.add_member(uow, admin_of(self.tenant), email, name, role, None)
                await uow.commit()
        return name

    def browser(self) -> httpx.AsyncClient:
        return http_client(self.app)

    async def start(self, browser: httpx.AsyncClient, provider: str | None = None) -> httpx.Response:
        return await browser.post(f"/v1/oidc/{self.slug}/start", json={"provider": provider or self.provider})

    async def returned(self, browser: httpx.AsyncClient, name: str) -> str:
        """The address at which the person comes back."""
        return await self.idp.let_in((await self.start(browser)).json()["url"], name)

    async def login(self, name: str, browser: httpx.AsyncClient | None = None) -> httpx.Response:
        browser = browser or self.browser()
        return await browser.get(await self.returned(browser, name))

    def rows(self, query: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.platform.superuser_url) as connection:
            return connection.execute(query, [self.tenant.id, *values]).fetchall()


slugs: list[str] = []


async def trusting(platform, app, tenant, idp) -> Way:
    way = Way(platform, app, tenant, idp)
    slugs.append(way.callback)
    await idp.told(clients=[idp.client(*slugs)])
    added = await way.add()
    assert added["__typename"] == "LoginProvider", added
    way.provider = str(split_id(added["id"])[1])
    return way


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
