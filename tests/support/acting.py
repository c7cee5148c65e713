"""Somebody of a tenant who acts in a role, without having signed in."""

from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role

PASSWORD = "correct horse battery"


def acting(tenant, role: Role) -> Principal:
    return Principal(tenant.id, new_id(), "member", f"some {role}", RIGHTS[role], role)
