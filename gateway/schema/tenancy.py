"""Tenants, members and keys."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.relay import parse_id
from gateway.schema.kit import Info, Keyed, Node, Shows, aware, loaded, mutation
from services.kernel.rights import Permission, Principal, Role
from services.tenancy import api as tenancy
from services.tenancy import contracts

KeyRef = Annotated["ApiKeyType", strawberry.lazy("gateway.schema.tenancy")]


@strawberry.type(name="Tenant", description="The isolated customer.")
class TenantType(Node):
    represents = contracts.Tenant
    slug: str
    name: str


@strawberry.type(description="Who asks.")
class Me:
    kind: str = strawberry.field(description="`member` or `key`.")
    name: str
    role: Role | None = strawberry.field(description="Null for a key.")

    @strawberry.field
    @staticmethod
    def permissions(parent: strawberry.Parent[Principal]) -> list[Permission]:
        return sorted(parent.permissions)


@strawberry.type(name="Member", description="A person in the tenant.")
class MemberType(Node):
    represents = contracts.Member
    email: str
    name: str
    role: Role
    created_at: datetime


@strawberry.type(name="Invitation", description="An open one-time link that makes its holder a member.")
class InvitationType(Node):
    represents = contracts.Invitation
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


@strawberry.type(name="NewInvitation")
class NewInvitationType(Shows):
    represents = contracts.NewInvitation
    invitation: InvitationType
    token: str = strawberry.field(
        description="Shown this once. The link to pass on is the portal's address with `invitation#` and this."
    )


@strawberry.type(name="Session", description="A browser in which a member is signed in.")
class SessionType(Node):
    represents = contracts.Session
    user_agent: str = strawberry.field(description="As the browser told it; empty if it told nothing.")
    created_at: datetime
    last_seen_at: datetime = strawberry.field(description="To the minute.")
    expires_at: datetime
    current: bool = strawberry.field(description="Whether it is the one that asks.")


@strawberry.type
class EndedSessions:
    sessions: list[SessionType]


@strawberry.type(name="ApiKey", description="A credential of a program.")
class ApiKeyType(Node):
    represents = contracts.ApiKey
    name: str
    prefix: str = strawberry.field(description="The part that may be shown.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @strawberry.field
    @staticmethod
    def scopes(parent: strawberry.Parent[contracts.ApiKey]) -> list[Permission]:
        return sorted(parent.scopes)

    replaces = loaded(
        KeyRef | None,
        "keys",
        "replaces",
        description="The key whose place it takes. Both are good until that one ends.",
    )


@strawberry.type(name="NewApiKey")
class NewApiKeyType(Shows):
    represents = contracts.NewApiKey
    key: ApiKeyType
    secret: str = strawberry.field(description="Shown this once; only its digest is kept.")


def _member_id(id: strawberry.ID | None) -> UUID | None:
    return None if id is None else parse_id(id, "Member", "memberId")


@strawberry.type
class TenancyQuery:
    @strawberry.field(graphql_type=Me)
    def me(self, info: Info) -> Principal:
        return info.context.principal

    @strawberry.field(graphql_type=TenantType)
    async def tenant(self, info: Info) -> contracts.Tenant:
        return await info.context.read(tenancy.get_tenant)

    @strawberry.field(graphql_type=list[MemberType])
    async def members(self, info: Info) -> list[contracts.Member]:
        return await info.context.read(tenancy.list_members)

    @strawberry.field(graphql_type=list[InvitationType], description="Those that are open, newest first.")
    async def invitations(self, info: Info) -> list[contracts.Invitation]:
        return await info.context.read(tenancy.list_invitations)

    @strawberry.field(
        graphql_type=list[SessionType],
        description="Where a member is signed in now, newest first: you, or with `MANAGE_MEMBERS` whom you name.",
    )
    async def sessions(self, info: Info, member_id: strawberry.ID | None = None) -> list[contracts.Session]:
        return await info.context.read(tenancy.list_sessions, _member_id(member_id))

    @strawberry.field(graphql_type=list[ApiKeyType])
    async def api_keys(self, info: Info) -> list[contracts.ApiKey]:
        return await info.context.read(tenancy.list_api_keys)


@strawberry.input
class AddMemberInput(Keyed):
    email: str
    name: str
    role: Role
    password: str


@strawberry.input
class InviteMemberInput(Keyed):
    email: str
    role: Role


@strawberry.input
class RevokeInvitationInput(Keyed):
    invitation_id: strawberry.ID


@strawberry.input
class ChangeRoleInput(Keyed):
    member_id: strawberry.ID
    role: Role


@strawberry.input
class RemoveMemberInput(Keyed):
    member_id: strawberry.ID


@strawberry.input
class EndSessionInput(Keyed):
    session_id: strawberry.ID


@strawberry.input
class EndOtherSessionsInput(Keyed):
    member_id: strawberry.ID | None = strawberry.field(default=None, description="Yourself, if left out.")


@strawberry.input
class CreateApiKeyInput(Keyed):
    name: str
    scopes: list[Permission]
    expires_at: datetime | None = None


@strawberry.input
class RotateApiKeyInput(Keyed):
    key_id: strawberry.ID
    overlap_hours: int = strawberry.field(default=24, description="How long the old secret is good: 0 to 720.")


@strawberry.input
class RevokeApiKeyInput(Keyed):
    key_id: strawberry.ID


@strawberry.type
class TenancyMutation:
    @mutation(Permission.MANAGE_MEMBERS, "AddMemberResult", MemberType, "Lets a person in.")
    async def add_member(self, info: Info, input: AddMemberInput) -> contracts.Member:
        return await info.context.change(tenancy.add_member, input.email, input.name, input.role, input.password)

    @mutation(
        Permission.MANAGE_MEMBERS,
        "InviteMemberResult",
        NewInvitationType,
        "Makes a one-time link, good for 7 days, in place of an open one for the same address.",
    )
    async def invite_member(self, info: Info, input: InviteMemberInput) -> contracts.NewInvitation:
        return await info.context.change(tenancy.invite, input.email, input.role)

    @mutation(Permission.MANAGE_MEMBERS, "RevokeInvitationResult", InvitationType, "Ends an open invitation at once.")
    async def revoke_invitation(self, info: Info, input: RevokeInvitationInput) -> contracts.Invitation:
        invitation = parse_id(input.invitation_id, "Invitation", "invitationId")
        return await info.context.change(tenancy.revoke_invitation, invitation)

    @mutation(Permission.MANAGE_MEMBERS, "ChangeRoleResult", MemberType, "Gives a member another role.")
    async def change_role(self, info: Info, input: ChangeRoleInput) -> contracts.Member:
        member = parse_id(input.member_id, "Member", "memberId")
        return await info.context.change(tenancy.change_role, member, input.role)

    @mutation(Permission.MANAGE_MEMBERS, "RemoveMemberResult", MemberType, "Takes a member's access away at once.")
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> contracts.Member:
        return await info.context.change(tenancy.remove_member, parse_id(input.member_id, "Member", "memberId"))

    @mutation(
        Permission.VIEW,
        "EndSessionResult",
        SessionType,
        "Signs a browser out at once; with `MANAGE_MEMBERS` that of another member too.",
    )
    async def end_session(self, info: Info, input: EndSessionInput) -> contracts.Session:
        return await info.context.change(tenancy.end_session_by_id, parse_id(input.session_id, "Session", "sessionId"))

    @mutation(
        Permission.VIEW,
        "EndOtherSessionsResult",
        EndedSessions,
        "Signs a member out of every browser but the one that asks; with `MANAGE_MEMBERS` another member too.",
    )
    async def end_other_sessions(self, info: Info, input: EndOtherSessionsInput) -> EndedSessions:
        ended = await info.context.change(tenancy.end_other_sessions, _member_id(input.member_id))
        return EndedSessions(sessions=ended)  # pyright: ignore

    @mutation(Permission.MANAGE_KEYS, "CreateApiKeyResult", NewApiKeyType, "Makes a key and shows its secret once.")
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> contracts.NewApiKey:
        return await info.context.change(
            tenancy.create_api_key, input.name, frozenset(input.scopes), aware(input.expires_at, "expiresAt")
        )

    @mutation(
        Permission.MANAGE_KEYS,
        "RotateApiKeyResult",
        NewApiKeyType,
        "Makes a key in place of another one, which stays good for a while, and shows its secret once.",
    )
    async def rotate_api_key(self, info: Info, input: RotateApiKeyInput) -> contracts.NewApiKey:
        key, overlap = parse_id(input.key_id, "ApiKey", "keyId"), timedelta(hours=input.overlap_hours)
        return await info.context.change(tenancy.rotate_api_key, key, overlap)

    @mutation(
        Permission.MANAGE_KEYS, "RevokeApiKeyResult", ApiKeyType, "Ends a key at once, and the one that it replaces."
    )
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> contracts.ApiKey:
        return await info.context.change(tenancy.revoke_api_key, parse_id(input.key_id, "ApiKey", "keyId"))
