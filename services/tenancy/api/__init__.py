"""The door of tenancy: who someone is (`identity`) or is vouched for to be (`vouched`), where they are signed in
(`sessions`), who belongs to a tenant (`members`) and is asked to (`invitations`), what machines use (`keys`)."""

from services.tenancy.api.identity import (
    end_session,
    login,
    make_login_link,
    principal_of_key,
    principal_of_session,
    redeem_login_link,
)
from services.tenancy.api.invitations import (
    accept_invitation,
    invite,
    list_invitations,
    read_invitation,
    revoke_invitation,
)
from services.tenancy.api.keys import create_api_key, list_api_keys, revoke_api_key, rotate_api_key
from services.tenancy.api.members import add_member, change_role, list_members, remove_member
from services.tenancy.api.sessions import end_other_sessions, end_session_by_id, get_session, list_sessions
from services.tenancy.api.tenants import (
    create_tenant,
    get_tenant,
    resume_tenant,
    suspend_tenant,
    tenant_by_slug,
    tenant_state,
)
from services.tenancy.api.vouched import join_invited, member_by_email, member_by_id, open_session_of

__all__ = [
    "accept_invitation",
    "add_member",
    "change_role",
    "create_api_key",
    "create_tenant",
    "end_other_sessions",
    "end_session",
    "end_session_by_id",
    "get_session",
    "get_tenant",
    "invite",
    "join_invited",
    "list_api_keys",
    "list_invitations",
    "list_members",
    "list_sessions",
    "login",
    "make_login_link",
    "member_by_email",
    "member_by_id",
    "open_session_of",
    "principal_of_key",
    "principal_of_session",
    "read_invitation",
    "redeem_login_link",
    "remove_member",
    "resume_tenant",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "suspend_tenant",
    "tenant_by_slug",
    "tenant_state",
]
