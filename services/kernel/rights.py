"""Who may do what: the only place of rights."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.kernel.errors import Forbidden
from services.kernel.ids import TenantId


class Role(StrEnum):
    OPERATOR = "operator"
    ENGINEER = "engineer"
    ADMIN = "admin"
    PARTNER = "partner"


class Permission(StrEnum):
    VIEW = "view"
    QUERY = "query"
    """GraphQL of one's own. Without it only the portal's documents are answered."""
    INGEST = "ingest"
    SCORE = "score"
    RECORD_EVENT = "record_event"
    HANDLE_ALARM = "handle_alarm"
    TRAIN = "train"
    PROMOTE = "promote"
    EDIT_PLANT = "edit_plant"
    EDIT_BLUEPRINTS = "edit_blueprints"
    OPEN_CAPSULES = "open_capsules"
    """All that reproduces a score: rows, tensors and what made them, as a file."""
    MANAGE_MEMBERS = "manage_members"
    MANAGE_KEYS = "manage_keys"
    READ_AUDIT = "read_audit"
    MANAGE_WEBHOOKS = "manage_webhooks"
    """Apart from keys: a program that registers its own address need not be able to make credentials."""
    MANAGE_NOTIFICATIONS = "manage_notifications"
    """The server that mail goes by, who gets which, and what was sent."""
    MANAGE_PLUGINS = "manage_plugins"
    """Whose code works on the tenant's rows, and what it is told."""
    REGISTER_PIPELINES = "register_pipelines"
    """Code of one's own, made from a notebook: it works on the tenant's rows in the tenant's boxes only."""
    USE_WORKBENCH = "use_workbench"
    """A JupyterLab of one's own beside the tenant's data. A member's only: a key gets nothing by it."""


_OPERATOR = frozenset(
    {Permission.VIEW, Permission.RECORD_EVENT, Permission.HANDLE_ALARM, Permission.TRAIN, Permission.PROMOTE}
)
_ENGINEER = _OPERATOR | {
    Permission.QUERY,
    Permission.INGEST,
    Permission.SCORE,
    Permission.EDIT_PLANT,
    Permission.EDIT_BLUEPRINTS,
    Permission.REGISTER_PIPELINES,
    Permission.OPEN_CAPSULES,
    Permission.USE_WORKBENCH,
}

RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: _OPERATOR,
    Role.ENGINEER: _ENGINEER,
    Role.ADMIN: frozenset(Permission),
    Role.PARTNER: frozenset({Permission.VIEW, Permission.QUERY, Permission.INGEST, Permission.SCORE}),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a member, an API key or the platform itself, always inside one tenant."""

    tenant: TenantId
    actor: UUID
    kind: str
    """`member`, `key` or `system`."""
    name: str
    permissions: frozenset[Permission]
    role: Role | None = None
    session: UUID | None = None
    """Of a member: the signed-in browser that this comes from."""

    def require(self, permission: Permission) -> None:
        """Raises `Forbidden`, naming the right that is missing."""
        if permission not in self.permissions:
            raise Forbidden(
                f"{self.name} may not: the right “{permission}” is missing. Ask an admin of your tenant for it.",
                permission=permission.value,
            )

    def require_platform(self) -> None:
        """Raises `Forbidden` for anybody of the tenant, whatever rights they have."""
        if self.actor != SYSTEM_ACTOR:
            raise Forbidden(f"{self.name} may not: this is for the platform's operator. Ask them for it.")


SYSTEM_ACTOR = UUID(int=0)


def system_principal(tenant: TenantId) -> Principal:
    """The platform acting for a tenant in a job, with every right inside that tenant."""
    return Principal(tenant=tenant, actor=SYSTEM_ACTOR, kind="system", name="Andon", permissions=frozenset(Permission))
