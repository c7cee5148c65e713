"""Every table of the database, found in its catalogue: a table added tomorrow is judged tomorrow."""

import psycopg
import pytest

from infra.migrations.audit import UNWATCHED, WATCHED

pytestmark = pytest.mark.platform

COUNTED_ONLY = {
    "alarm.asset_id", "alarm.case_id", "alarm.cleared_at", "alarm.cleared_because", "alarm.cleared_by_event",
    "alarm.muted_by", "alarm.peak", "alarm.raised_at", "alarm.rule", "alarm.state", "alarm.top", "alarm_case.asset_id",
    "alarm_case.opened_at", "alarm_case.retrain_for",
    "alarm_case.title", "alarm_case.waits",
    "api_key.created_at", "api_key.digest", "api_key.last_used_at",
    "api_key.replaces",
    "asset.created_at", "asset.folded", "binding_rule.created_at", "binding_rule.created_by", "contract_version.body",
    "capsule.bytes", "capsule.created_at", "capsule.created_by", "capsule.differences", "capsule.expires_at",
    "capsule.models", "capsule.problem", "capsule.remark", "capsule.reproduced", "capsule.rows", "capsule.sha256",
    "capsule.state",
    "contract_version.created_at", "deployment.applied_generation", "deployment.promoted_at", "deployment.refusal",
    "deployment.wanted_generation", "enclave_credential.created_at",
    "edge_source.asked_at", "edge_source.changed_at", "edge_source.changed_by", "edge_source.read_at",
    "edge_source.tags", "edge_source.why",
    "event.corrections", "event.recorded_at", "event.recorded_by", "event.source",
    "invitation.created_at", "invitation.digest",
    "login_identity.bound_at",
    "login_link.digest", "login_link.used_at", "login_session.created_at", "login_session.digest",
    "login_provider.created_at", "login_provider.created_by",
    "login_session.last_seen_at", "login_session.user_agent", "member.created_at",
    "retraining_plan.created_at", "retraining_plan.created_by", "retraining_plan.next_due", "retraining_plan.since",
    "rollout.asset_count", "rollout.by_hand", "rollout.cohort", "rollout.cohort_count", "rollout.created_at",
    "rollout.created_by", "rollout.ended_at", "rollout.message", "rollout.run_id", "rollout.seed", "run.attempt",
    "run.command_sequence", "run.contract_version", "run.created_at", "run.created_by", "run.declared_id",
    "run.ended_at", "run.heartbeat_at", "run.lenders", "run.message", "run.progress", "run.progress_sequence",
    "run.result", "run.snapshot_digest", "run.started_at", "run.suitability",
    "run.traceparent", "shadow.champion_took_s", "shadow.since", "shadow.took_s", "tenant.created_at",
    "alarm.updated_at", "asset.updated_at", "run.updated_at",
    "transfer.attempt", "transfer.bytes", "transfer.created_at", "transfer.created_by", "transfer.duplicates",
    "transfer.ended_at", "transfer.expires_at", "transfer.heartbeat_at", "transfer.problem", "transfer.progress",
    "transfer.quarantined", "transfer.refused", "transfer.rejections", "transfer.rows", "transfer.sha256",
    "transfer.started_at", "transfer.stored", "transfer.tries", "transfer.upload_id",
    "alarm_budget.changed_at", "alarm_budget.changed_by",
    "mail_server.changed_at", "mail_server.changed_by",
    "plugin_enabling.changed_at", "plugin_enabling.changed_by", "plugin_enabling.former_version",
    "pipeline_version.bytes", "pipeline_version.declared", "pipeline_version.digest", "pipeline_version.link",
    "pipeline_version.package", "pipeline_version.registered_at", "pipeline_version.sdk", "pipeline_version.sector",
    "pipeline_version.summary", "pipeline_version.title",
    "notification_subscription.created_at", "notification_subscription.created_by",
    "notification_subscription.last_mail_at",
    "webhook_endpoint.created_at", "webhook_endpoint.created_by", "webhook_endpoint.failing_since",
    "webhook_endpoint.former_secret_until",
    "workbench.detail", "workbench.ends_at", "workbench.key_id", "workbench.started_at", "workbench.state",
}  # fmt: skip
"""Columns of watched tables that only follow from others, or that the platform counts."""

GLOBALLY_UNIQUE = {("tenant", "slug")}
"""A tenant's address is public, so its being taken tells nothing."""
NOT_OURS = {"alembic_version"}


@pytest.fixture
def catalogue(platform):
    with psycopg.connect(platform.superuser_url) as connection:
        yield connection


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return sorted({row[0] for row in rows} - NOT_OURS)


def test_row_level_security_is_forced_on_every_table(catalogue):
    rows = catalogue.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert {row[0]: row[1:] for row in rows if row[0] not in NOT_OURS} == dict.fromkeys(tables(catalogue), (True, True))
    assert len(tables(catalogue)) >= 20


def test_every_table_has_the_tenant_policy_on_reading_and_writing(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, cmd, qual, with_check, roles::text FROM pg_policies WHERE policyname = 'tenant'"
    ).fetchall()
    rule = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
    assert sorted(rows) == [(table, "ALL", rule, rule, "{public}") for table in tables(catalogue)]


def test_other_policies_are_known_by_name(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, policyname, roles::text, cmd FROM pg_policies WHERE policyname <> 'tenant'"
    ).fetchall()
    assert sorted(rows) == [
        ("api_key", "door", "{andon_door}", "SELECT"),
        ("audit_change", "audit", "{andon_audit}", "ALL"),
        ("audit_head", "audit", "{andon_audit}", "ALL"),
        ("audit_head", "door", "{andon_door}", "SELECT"),
        ("audit_record", "audit", "{andon_audit}", "ALL"),
        ("invitation", "door", "{andon_door}", "SELECT"),
        ("login_link", "door", "{andon_door}", "SELECT"),
        ("login_session", "door", "{andon_door}", "SELECT"),
        ("member", "door", "{andon_door}", "SELECT"),
        ("outbox", "relay", "{andon_relay}", "ALL"),
        ("tenant", "door", "{andon_door}", "SELECT"),
    ]


def test_every_key_begins_with_the_tenant(catalogue):
    rows = catalogue.execute(
        """
        SELECT t.relname, c.conname, c.contype,
               (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, place)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum)::text[]
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.contype IN ('p', 'u', 'f') AND t.relnamespace = 'public'::regnamespace
        """
    ).fetchall()
    loose = [row for row in rows if row[0] not in NOT_OURS and row[3][0] != "tenant_id"]
    assert {(row[0], *row[3]) for row in loose} == GLOBALLY_UNIQUE
    uniques = catalogue.execute(
        """
        SELECT t.relname, i.relname, a.attname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace
        """
    ).fetchall()
    assert {(row[0], row[2]) for row in uniques if row[0] not in NOT_OURS and row[2] != "tenant_id"} == GLOBALLY_UNIQUE


def test_roles_cannot_get_past_the_walls(catalogue):
    rows = catalogue.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'andon%'"
    ).fetchall()
    assert sorted(rows) == [
        (role, False, False, False, False)
        for role in ("andon_app", "andon_audit", "andon_door", "andon_owner", "andon_relay")
    ]
    truncating = catalogue.execute(
        "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'andon_app'"
        " AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')"
    ).fetchall()
    assert truncating == []


def test_the_relay_sees_the_outbox_and_nothing_else(catalogue):
    rows = catalogue.execute(
        "SELECT DISTINCT table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'andon_relay' AND table_schema = 'public'"
    ).fetchall()
    assert rows == [("outbox",)]


def test_no_door_sees_a_password(catalogue):
    rows = catalogue.execute(
        "SELECT column_name FROM information_schema.column_privileges WHERE grantee = 'andon_door'"
        " AND table_name = 'member' AND privilege_type = 'SELECT'"
    ).fetchall()
    assert sorted(row[0] for row in rows) == ["id", "name", "role", "tenant_id"]


def test_functions_that_look_past_a_tenant_are_these(catalogue):
    rows = catalogue.execute(
        """
        SELECT proname, pg_get_userbyid(proowner), proconfig::text,
               (SELECT array_agg(grantee::regrole::text ORDER BY 1) FROM aclexplode(proacl) WHERE grantee <> proowner)
        FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
          AND pg_get_userbyid(proowner) <> 'andon_audit'
        """
    ).fetchall()
    callers = {
        "api_key_by_digest": "andon_app",
        "audit_heads": "andon_relay",
        "enter_tenant": "andon_app",
        "invitation_by_digest": "andon_app",
        "login_link_by_digest": "andon_app",
        "member_by_session": "andon_app",
        "session_by_digest": "andon_app",
        "tenant_by_slug": "andon_app",
        "tenant_states": "andon_relay",
    }
    path = '{"search_path=pg_catalog, public"}'
    assert sorted(rows) == [(name, "andon_door", path, [caller]) for name, caller in callers.items()]


def test_views_would_run_as_their_caller(catalogue):
    rows = catalogue.execute(
        "SELECT relname, reloptions::text FROM pg_class"
        " WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert [row for row in rows if "security_invoker=true" not in (row[1] or "")] == []


def test_every_table_is_watched_or_says_why_not(catalogue):
    assert WATCHED.keys() & UNWATCHED.keys() == set()
    assert sorted(WATCHED | UNWATCHED) == tables(catalogue)
    rows = catalogue.execute(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " JOIN pg_proc p ON p.oid = tgfoid WHERE p.prosrc LIKE '%audit_open(%'"
    ).fetchall()
    assert sorted(row[0] for row in rows) == sorted(WATCHED)


def test_columns_that_are_not_watched_are_these(catalogue):
    """A new column of a watched table is watched, or named here."""
    rows = catalogue.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    unwatched = {
        f"{table}.{column}"
        for table, column in rows
        if table in WATCHED and column not in {"tenant_id", "id", *WATCHED[table].columns, *WATCHED[table].secret}
    }
    assert unwatched == COUNTED_ONLY


def test_nobody_calls_what_writes_the_trail(catalogue):
    rows = catalogue.execute(
        "SELECT DISTINCT coalesce(a.grantee::regrole::text, 'PUBLIC') FROM pg_proc p, aclexplode(p.proacl) a"
        " WHERE pg_get_userbyid(p.proowner) = 'andon_audit'"
    ).fetchall()
    assert rows == [("andon_audit",)]
