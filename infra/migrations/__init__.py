"""The schema of Postgres: roles, tables, row-level security, and how to bring a database up to date.

`roles.prepare` runs once as a superuser, `apply` at every start as `andon_owner`.
"""

from infra.migrations.apply import apply

__all__ = ["apply"]
