"""The five roles. None of them is a superuser or has BYPASSRLS.

andon_owner   owns the tables and migrates; row-level security is forced on it too
andon_app     the gateway, worker and historian: reads and writes one tenant's rows at a time
andon_relay   the outbox relay and the queue: the outbox of all tenants, the queue's own schema, nothing else
andon_door    cannot log in; owns the few functions that look a credential up before its tenant is known
andon_audit   cannot log in; owns the triggers that write the audit trail, which nobody else may write
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

LOGIN_ROLES = ("andon_owner", "andon_app", "andon_relay")


def prepare(superuser_url: str, passwords: Mapping[str, str], database: str = "andon") -> None:
    """Creates the roles and the database, or brings their passwords and rights up to date. Idempotent.

    `passwords` has an entry for each of `LOGIN_ROLES`.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in LOGIN_ROLES:
            verb = sql.SQL("ALTER" if role in existing else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(passwords[role])
                )
            )
        for role in ("andon_door", "andon_audit"):
            name = sql.Identifier(role)
            if role not in existing:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS").format(name))
            connection.execute(sql.SQL("GRANT {} TO andon_owner WITH INHERIT FALSE, SET TRUE").format(name))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER andon_owner").format(sql.Identifier(database)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        for role in LOGIN_ROLES:
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), sql.Identifier(role))
            )
