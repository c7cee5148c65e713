"""The life of a tenant in the database: its state, and the fence around one that is being deleted.

A row in `platform.deletion` is the fence. Whoever enters a tenant takes its lock, shared, until the end of the
transaction, and is told to stay out once that row is there. So a deletion first writes the row, then waits for the lock
alone: from there on nobody writes for the tenant any more, and nobody will again, since the row stays for ever.
"""

from infra.migrations.audit import SEAL, WATCHED, watch
from infra.migrations.rls import door

LOCK = "hashtextextended('tenant ' || {}, 0)"
"""Of a tenant, by its id as text; two tenants that share one wait for each other and nothing else."""
_BEING_DELETED = "EXISTS (SELECT 1 FROM platform.deletion d WHERE d.tenant = {})"
STATE = f"CASE WHEN {_BEING_DELETED.format('t.tenant_id')} THEN 'deleting' ELSE t.state END"

_HEADS = "TABLE (tenant_id uuid, number bigint, digest text)"
_TABLES = [
    "CREATE SCHEMA platform",
    """
CREATE TABLE platform.deletion (
  tenant uuid PRIMARY KEY, slug text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL DEFAULT now(),
  trail_number bigint, trail_digest text, ended_at timestamptz
)""",
    "GRANT USAGE ON SCHEMA platform TO andon_door, andon_audit",
    "GRANT SELECT ON platform.deletion TO andon_door, andon_audit",
]

_ENTER = f"""
CREATE FUNCTION enter_tenant(tenant text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({LOCK.format("tenant")});
  -- A statement of its own: it sees what was committed while the lock was waited for.
  RETURN NOT {_BEING_DELETED.format("enter_tenant.tenant::uuid")};
END$$"""

_KEPT = f"""
CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_record' THEN
    IF OLD.digest IS NULL THEN RETURN NEW; END IF; -- it is being closed
  END IF;
  IF TG_OP = 'DELETE' AND session_user = 'andon_owner' THEN
    IF {_BEING_DELETED.format("OLD.tenant_id")} THEN RETURN OLD; END IF; -- it goes with its tenant
  END IF;
  RAISE EXCEPTION 'The audit trail is written and never changed.' USING ERRCODE = 'insufficient_privilege';
END$$"""

_UNSEALED = f"""BEGIN
  IF session_user = 'andon_owner' AND {_BEING_DELETED.format("NEW.tenant_id")} THEN
    RETURN NULL; -- of a row that goes with its tenant, and goes itself
  END IF;
"""


def tenant_life() -> list[str]:
    """Statements for all of it, once the tables and the audit trail are there."""
    return [*_TABLES, *_doors(), _KEPT, *_as_audit(), *watch("tenant", WATCHED["tenant"])]


def _doors() -> list[str]:
    states = f"""
SELECT t.tenant_id, t.slug, {STATE} FROM tenant t
UNION ALL SELECT d.tenant, d.slug, 'deleting' FROM platform.deletion d
WHERE d.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.tenant_id = d.tenant)"""  # noqa: S608
    heads = f"SELECT tenant_id, number, digest FROM audit_head h WHERE NOT {_BEING_DELETED.format('h.tenant_id')}"  # noqa: S608
    key = ("k.tenant_id", "k.id", "k.name", "k.scopes", "k.expires_at", "k.revoked_at", "k.last_used_at")
    facts = "tenant_id uuid, id uuid, name text, scopes jsonb, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz, tenant_state text"  # noqa: E501
    found = f"SELECT {', '.join(key)}, {STATE} FROM api_key k JOIN tenant t USING (tenant_id) WHERE k.digest = wanted"  # noqa: S608
    return [
        "GRANT CREATE ON SCHEMA public TO andon_door",
        "SET LOCAL ROLE andon_door",
        "DROP FUNCTION api_key_by_digest(text)",
        "DROP FUNCTION audit_heads()",
        "DROP FUNCTION tenant_ids()",
        "RESET ROLE",
        *door("api_key_by_digest", "wanted text", f"TABLE ({facts})", "api_key", found, "andon_app"),
        *door("tenant_states", "", "TABLE (tenant_id uuid, slug text, state text)", "tenant", states, "andon_relay"),
        *door("audit_heads", "", _HEADS, "audit_head", heads, "andon_relay"),
        _ENTER,
        "REVOKE ALL ON FUNCTION enter_tenant(text) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION enter_tenant(text) TO andon_app",
        "ALTER FUNCTION enter_tenant(text) OWNER TO andon_door",
        "REVOKE CREATE ON SCHEMA public FROM andon_door",
    ]


def _as_audit() -> list[str]:
    """What belongs to `andon_audit` is changed in its name; `tenant` is then watched anew, with its state."""
    return [
        *(f"DROP TRIGGER audit_tenant_{operation} ON tenant" for operation in ("insert", "update", "delete")),
        "GRANT CREATE ON SCHEMA public TO andon_audit",
        "SET LOCAL ROLE andon_audit",
        "DROP FUNCTION audit_tenant()",
        SEAL.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace("BEGIN\n", _UNSEALED, 1),
        "RESET ROLE",
        "REVOKE CREATE ON SCHEMA public FROM andon_audit",
    ]
