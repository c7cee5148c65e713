"""Row-level security, in one place so that every table gets the same."""

TENANT = "nullif(current_setting('app.tenant', true), '')::uuid"
"""NULL when no tenant is set: then no row is visible and none may be written. After a COMMIT Postgres leaves '' and
not NULL in a setting that was local to the transaction, hence the nullif."""


def protect(table: str, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> list[str]:
    """Statements that force row-level security on `table`; the application role gets its rights, never TRUNCATE."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
        f"GRANT {rights} ON {table} TO andon_app",
    ]


def relay_outbox() -> list[str]:
    """The relay sees the outbox of every tenant: names, ids and trace, never a business fact."""
    return [
        "CREATE POLICY relay ON outbox TO andon_relay USING (true) WITH CHECK (true)",
        "GRANT SELECT, DELETE ON outbox TO andon_relay",
        "GRANT UPDATE (delivered_at) ON outbox TO andon_relay",
        "CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END$$",
        "CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify()",
        "CREATE SCHEMA queue",
        "GRANT USAGE, CREATE ON SCHEMA queue TO andon_relay",
    ]


def door(name: str, arguments: str, returns: str, table: str, body: str, callers: str) -> list[str]:
    signature = f"{name}({arguments})"
    types = ", ".join(part.split()[-1] for part in arguments.split(",")) if arguments else ""
    return [
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER "
        f"SET search_path = pg_catalog, public AS $${body}$$",
        # Rights first: once the function belongs to andon_door, a REVOKE by us would warn and do nothing.
        f"REVOKE ALL ON FUNCTION {name}({types}) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {name}({types}) TO {callers}",
        f"ALTER FUNCTION {name}({types}) OWNER TO andon_door",  # last: only an owner's REVOKE takes effect
        f"GRANT SELECT ON {table} TO andon_door",
    ]


def credential_door(name: str, table: str) -> list[str]:
    """The function `name`, by which the tenant and id of a credential in `table` are found by its digest."""
    body = f"SELECT tenant_id, id FROM {table} WHERE digest = wanted"  # noqa: S608
    return [
        "GRANT CREATE ON SCHEMA public TO andon_door",
        f"CREATE POLICY door ON {table} FOR SELECT TO andon_door USING (true)",
        *door(name, "wanted text", "TABLE (tenant_id uuid, id uuid)", table, body, "andon_app"),
        "REVOKE CREATE ON SCHEMA public FROM andon_door",
    ]


def doors() -> list[str]:
    """The only ways past a tenant's wall: finding the tenant of a credential, and listing tenant ids."""
    statements = ["GRANT CREATE ON SCHEMA public TO andon_door"]
    for table in ("tenant", "login_session", "login_link", "api_key"):
        statements.append(f"CREATE POLICY door ON {table} FOR SELECT TO andon_door USING (true)")
    statements += door(
        "tenant_by_slug",
        "wanted text",
        "uuid",
        "tenant",
        "SELECT tenant_id FROM tenant WHERE slug = wanted",
        "andon_app",
    )
    statements += door("tenant_ids", "", "SETOF uuid", "tenant", "SELECT tenant_id FROM tenant", "andon_relay")
    for name, table in (("session_by_digest", "login_session"), ("login_link_by_digest", "login_link")):
        body = f"SELECT tenant_id, id FROM {table} WHERE digest = wanted"  # noqa: S608
        statements += door(name, "wanted text", "TABLE (tenant_id uuid, id uuid)", table, body, "andon_app")
    # The key's own facts too: machines send a key with every body, and one statement then answers for it.
    facts = "tenant_id uuid, id uuid, name text, scopes jsonb, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz"  # noqa: E501
    body = f"SELECT {', '.join(fact.split()[0] for fact in facts.split(', '))} FROM api_key WHERE digest = wanted"  # noqa: S608
    statements += door("api_key_by_digest", "wanted text", f"TABLE ({facts})", "api_key", body, "andon_app")
    statements.append("REVOKE CREATE ON SCHEMA public FROM andon_door")
    return statements
