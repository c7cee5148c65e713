"""The gateway as its clients see it, and example inputs made from the schema."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.auth import COOKIE
from gateway.documents import Documents
from gateway.relay import global_id
from gateway.settings import GatewaySettings
from services.enclaves.platform import Platform
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Permission, Principal, Role
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant

BASE = "http://127.0.0.1"
KNOWN = "subscription Known { alarmChanged { id } }"
"""A document that the listening gateway of the tests knows."""
SCRAPE_TOKEN = "scrape-token-of-the-tests"


def make_app(platform: Platform, **settings: Any) -> Starlette:
    known = {"secret": "0123456789abcdef0123456789abcdef", "scrape_token": SCRAPE_TOKEN}
    return create_app(platform, GatewaySettings.model_validate(known | settings))


def http_client(app: Starlette, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=headers)


def admin_of(tenant: Tenant) -> Principal:
    return Principal(tenant.id, new_id(), "member", "Ada", RIGHTS[Role.ADMIN], Role.ADMIN)


async def open_session(platform: Platform, tenant: Tenant, role: Role) -> tuple[str, Any]:
    """(session token, member) of a new member."""
    email = f"{role.value}-{new_id().hex}@example.com"
    async with platform.database.unit(tenant.id) as uow:
        member = await tenancy.add_member(uow, admin_of(tenant), email, role.value.title(), role, None)
        link = await tenancy.make_login_link(uow, admin_of(tenant), member.id)
        await uow.commit()
    opened = await tenancy.redeem_login_link(platform.database, link)
    return opened.token, member


async def make_key(platform: Platform, tenant: Tenant, *scopes: Any) -> str:
    async with platform.database.unit(tenant.id) as uow:
        made = await tenancy.create_api_key(uow, admin_of(tenant), "a program", scopes or RIGHTS[Role.ADMIN])
        await uow.commit()
    return made.secret


@dataclass
class Gql:
    """Somebody signed in who speaks GraphQL."""

    http: httpx.AsyncClient
    member: Any = None
    documents: Documents | None = None
    """Of the gateway, for who may not send text of their own: what they ask is made known there first."""

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        asked = {"query": query} if self.documents is None else {"documentId": self.documents.add(query)}
        return await self.http.post("/graphql", json={**asked, "variables": variables})

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data; fails on any error."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]


async def signed_in(app: Starlette, tenant: Tenant, role: Role = Role.ADMIN) -> Gql:
    token, member = await open_session(app.state.gateway.platform, tenant, role)
    client = http_client(app)
    client.cookies.set(COOKIE, token)
    known = None if Permission.QUERY in RIGHTS[role] else app.state.gateway.documents
    return Gql(client, member, known)


@dataclass
class Examples:
    """A valid value for any input type; `ids` says which id stands for a kind, others are of nothing; `texts` gives
    the values of strings by the name of their field."""

    schema: GraphQLSchema
    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)

    def mutation(self, name: str) -> tuple[str, dict[str, Any]]:
        """(query, variables) of the mutation with an example input; answers `result { __typename … }`."""
        assert self.schema.mutation_type is not None
        mutation = self.schema.mutation_type.fields[name]
        input_type = mutation.args["input"].type
        union = get_named_type(mutation.type)
        assert isinstance(union, GraphQLUnionType)
        query = (
            f"mutation m($input: {input_type}) {{ result: {name}(input: $input) "
            "{ __typename ... on Error { code message field facts } } }"
        )
        return query, {"input": self.value(input_type, "input")}

    def value(self, type_: Any, name: str) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, name)
        if isinstance(type_, GraphQLList):
            return self._list(type_, name)
        if isinstance(type_, GraphQLInputObjectType):
            return {key: self.value(each.type, key) for key, each in type_.fields.items()}
        if isinstance(type_, GraphQLEnumType):
            return next(iter(type_.values))
        plain = {"Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2026-03-01T12:00:00+00:00"}
        if name == "end" and type_.name == "DateTime":
            return "2026-03-02T12:00:00+00:00"
        return self._id(name) if type_.name == "ID" else plain.get(type_.name, self._text(name))

    def _id(self, name: str) -> str:
        kind = {
            "version": "ModelVersion",
            "pipelineVersion": "PipelineVersion",
            "key": "ApiKey",
            "plan": "RetrainingPlan",
            "provider": "LoginProvider",
            "endpoint": "WebhookEndpoint",
            "delivery": "WebhookDelivery",
            "subscription": "NotificationSubscription",
        }.get(name.removesuffix("Id").removesuffix("Ids"), name.removesuffix("Ids").removesuffix("Id").title())
        return self.ids.get(kind) or global_id(kind, new_id())

    def _text(self, name: str) -> str | None:
        made = f"{new_id().hex}@example.com" if name in {"email", "sender", "addresse"} else f"x{new_id().hex}"
        known = {"start": "22:00", "end": "06:00", "zone": "UTC", "fileName": "x-1.0-py3-none-any.whl"}
        return self.texts.get(name, known.get(name, made))

    def _list(self, type_: Any, name: str) -> list[Any]:
        """One element; none of a list of parameters, whose keys only a blueprint knows."""
        return [] if name == "parameters" else [self.value(type_.of_type, name.removesuffix("s"))]
