"""The audit trail in the database: what is watched, and the triggers that write it.

A transaction that changes something watched leaves one *record* (who, what, when) and a *change* for each object, with
what was there before and after. Triggers write them, so no way into a table is forgotten, and a statement is watched as
a whole: a promotion of ten thousand assets costs one insert. At the commit the record gets the tenant's next number and
a digest over the digest before it and its own content. Only the head of a tenant's chain is locked, for the length of
that commit.

`services.audit` reads and verifies it. The digest's text is made of Postgres' own functions, so whoever verifies asks
for the same text and needs nothing of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.audit.tables import CHANGE_TEXT, RECORD_TEXT

MASK = "•••"
"""What stands for a secret: that it changed is told, what it was is not."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Columns of a table whose change is a fact that somebody answers for."""

    kind: str
    """As the API names the object."""
    columns: tuple[str, ...]
    secret: tuple[str, ...] = ()
    """Columns of which only a change is told."""
    id: str = "id"
    made: bool = True
    """Whether a new row is told; False for those that the platform makes by itself all the time."""


WATCHED: dict[str, Watched] = {
    "tenant": Watched("Tenant", ("slug", "name", "state"), id="tenant_id"),
    "member": Watched("Member", ("email", "name", "role"), ("password_hash",)),
    "login_link": Watched("LoginLink", ("member_id", "expires_at")),
    "invitation": Watched("Invitation", ("email", "role", "invited_by", "expires_at", "used_at", "revoked_at")),
    "login_session": Watched("Session", ("member_id", "expires_at", "ended_at")),
    "api_key": Watched("ApiKey", ("name", "prefix", "scopes", "expires_at", "revoked_at")),
    "quota": Watched("Quota", ("budget", "per_second", "burst")),
    "ceiling": Watched("Ceiling", ("ceiling", "most")),
    "transfer": Watched("Transfer", ("kind", "state", "spec", "contract_id")),
    "capsule": Watched("Capsule", ("asset_id", "version_id", "shadow", "time", "kept_as")),
    "enclave_credential": Watched("Credential", ("purpose", "login"), ("secret",)),
    "site": Watched("Site", ("name",)),
    "line": Watched("Line", ("site_id", "name")),
    "asset": Watched("Asset", ("key", "title", "line_id", "contract_id", "labels")),
    "contract_version": Watched("Contract", ("contract_id", "version", "digest")),
    "event": Watched(
        "Event", ("asset_id", "kind", "time", "end", "note", "part", "begins_regime", "retracted_at", "retracted_by")
    ),
    "run": Watched(
        "Run",
        (
            "blueprint",
            "blueprint_version",
            "contract_id",
            "start",
            "end",
            "parameters",
            "seed",
            "asset_count",
            "state",
            "override_reason",
            "start_from",
        ),
    ),
    "deployment": Watched("Deployment", ("champion", "previous")),
    "shadow": Watched("Shadow", ("asset_id", "version_id", "refusal")),
    "rollout": Watched("Rollout", ("blueprint", "start", "end", "parameters", "shares", "most_failing", "state")),
    "binding_rule": Watched("BindingRule", ("blueprint", "labels", "parameters")),
    "retraining_plan": Watched(
        "RetrainingPlan",
        (
            "name",
            "labels",
            "asset_id",
            "blueprint",
            "lookback_days",
            "trigger",
            "every_days",
            "hour",
            "zone",
            "delay_hours",
            "alarms",
            "within_days",
            "looks",
            "promotion",
            "start_from",
            "paused",
        ),
    ),
    "webhook_endpoint": Watched(
        "WebhookEndpoint", ("url", "description", "types", "state", "reason"), ("secret", "former_secret")
    ),
    "mail_server": Watched("MailServer", ("host", "port", "security", "sender", "username"), ("password",)),
    "notification_subscription": Watched(
        "NotificationSubscription",
        (
            "name",
            "types",
            "addresses",
            "member_ids",
            "site",
            "line",
            "labels",
            "every_minutes",
            "quiet_start",
            "quiet_end",
            "zone",
            "paused",
        ),
    ),
    "login_provider": Watched("LoginProvider", ("name", "issuer", "client_id", "domains"), ("client_secret",)),
    "login_identity": Watched("LoginIdentity", ("provider_id", "subject", "member_id")),
    "plugin_enabling": Watched(
        "PluginEnabling", ("plugin", "enabled", "version", "settings", "secret_names"), ("secret",)
    ),
    "edge_source": Watched("EdgeSource", ("edge_id", "source", "version", "mapping"), made=False),
    "pipeline_version": Watched("PipelineVersion", ("plugin", "version", "number", "wheel", "files", "registered_by")),
    "workbench": Watched("Workbench", ("member_id", "member", "wanted", "start"), ("secret",)),
    "alarm": Watched("Alarm", ("acknowledged_by", "acknowledged_at", "shelved_until"), made=False),
    "alarm_budget": Watched("AlarmBudget", ("per_hour", "operators")),
    "alarm_case": Watched("Case", ("closed_at", "closed_by", "closed_because"), made=False),
}
"""By table. A test holds that every table is here or in `UNWATCHED`."""

UNWATCHED: dict[str, str] = {
    "asset_health": "what machines are seen to do",
    "audit_change": "the trail itself",
    "audit_head": "the trail itself",
    "audit_record": "the trail itself",
    "binding": "follows from rules, runs and promotions, which are watched",
    "blueprint_version": "what an installed plugin declares, unchangeable",
    "budget_use": "a count, gone within minutes",
    "cluster": "wanted and released by the platform",
    "contract": "a name; its versions are watched",
    "dataset_snapshot": "frozen by a run, unchangeable",
    "plant_edge": "what programs at plants say of themselves all the time",
    "drift_look": "what machines are seen to do",
    "drift_reference": "what machines were seen to do",
    "drift_signal": "what machines are seen to do",
    "edge_tag": "what programs at plants find",
    "enclave": "made once with the tenant",
    "event_revision": "what an event said; events are watched",
    "gate": "what a run found",
    "hands_on": "what the portal counts while people work",
    "idempotency_claim": "forgotten after a day",
    "ingest_receipt": "forgotten after a day",
    "login_attempt": "a log-in under way, gone within minutes",
    "loop": "follows from events, alarms, runs and promotions",
    "loop_fact": "news of promotions, which are watched as deployments",
    "model": "the count of versions",
    "model_alias": "champions are watched as deployments",
    "model_version": "what a run made, unchangeable",
    "monitoring_cursor": "a position in a stream",
    "notification_item": "news on its way",
    "notification_mail": "news on its way",
    "outbox": "a queue",
    "quarantined_row": "rows of machines",
    "regime": "follows from events, runs and promotions, which are watched",
    "retraining_occasion": "follows from plans, runs and promotions, which are watched",
    "rollout_asset": "how far a rollout is",
    "run_asset": "how far a run is",
    "run_stage": "how far a run is",
    "serving": "how far a deployment is",
    "staged_upload": "gone within a day; its import is watched",
    "storage_use": "measured",
    "transfer_piece": "how far a transfer is",
    "transfer_rejection": "rows of machines",
    "webhook_delivery": "news on its way",
    "workbench_visit": "a signed-in browser's way into a workbench, gone with its next start",
}
"""Tables that are not watched, and why."""

_HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS"

_OPEN = f"""
CREATE FUNCTION audit_open(tenant uuid, OUT record uuid, OUT first integer) {_HEAD} $$
DECLARE
  opened text[] := string_to_array(current_setting('app.audit_record', true), ' ');
  who jsonb;
BEGIN
  IF opened[1] = tenant::text THEN
    record := opened[2]::uuid;
    SELECT max(place) INTO first FROM audit_change WHERE tenant_id = tenant AND record_id = record;
    RETURN;
  END IF;
  -- Nobody is named where somebody changes rows by hand: then it is whom the database knows.
  who := coalesce(nullif(current_setting('app.acting', true), '')::jsonb,
    jsonb_build_array('00000000-0000-0000-0000-000000000000', 'database', session_user, '', ''));
  record := gen_random_uuid();
  first := 0;
  INSERT INTO audit_record (tenant_id, id, actor, actor_kind, actor_name, action, trace)
    VALUES (tenant, record, (who ->> 0)::uuid, who ->> 1, who ->> 2, who ->> 3, who ->> 4);
  PERFORM set_config('app.audit_record', tenant || ' ' || record, true);
END$$"""  # noqa: S608

_DIFFERING = """
CREATE FUNCTION audit_differing(was jsonb, now_is jsonb, OUT before jsonb, OUT after jsonb)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(jsonb_object_agg(key, b.value), '{}'), coalesce(jsonb_object_agg(key, a.value), '{}')
  FROM jsonb_each(was) b JOIN jsonb_each(now_is) a USING (key) WHERE a.value IS DISTINCT FROM b.value
$$"""

SEAL = f"""
CREATE FUNCTION audit_seal() RETURNS trigger {_HEAD} $$
DECLARE head audit_head; content text; parts text;
BEGIN
  INSERT INTO audit_head (tenant_id, number, digest) VALUES (NEW.tenant_id, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_head WHERE tenant_id = NEW.tenant_id FOR UPDATE;
  NEW.number := head.number + 1;
  NEW.at := clock_timestamp();
  SELECT count(*), string_agg({CHANGE_TEXT}, E'\\n' ORDER BY place) INTO NEW.changes, parts
    FROM audit_change WHERE tenant_id = NEW.tenant_id AND record_id = NEW.id;
  SELECT {RECORD_TEXT} INTO content FROM (SELECT NEW.*) sealed;
  NEW.digest := encode(sha256(convert_to(concat_ws(E'\\n', head.digest, content, parts), 'UTF8')), 'hex');
  UPDATE audit_record SET number = NEW.number, at = NEW.at, changes = NEW.changes, digest = NEW.digest
    WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
  UPDATE audit_head SET number = NEW.number, digest = NEW.digest WHERE tenant_id = NEW.tenant_id;
  RETURN NULL;
END$$"""  # noqa: S608  columns of ours

_KEPT = """
CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_record' THEN
    IF OLD.digest IS NULL THEN RETURN NEW; END IF; -- it is being closed
  END IF;
  RAISE EXCEPTION 'The audit trail is written and never changed.' USING ERRCODE = 'insufficient_privilege';
END$$"""


def trail() -> list[str]:
    """Statements for the functions, once the tables and the role `andon_audit` are there."""
    kept = [
        f"CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_kept()"
        for table in ("audit_record", "audit_change")
    ]
    whole = [
        f"CREATE TRIGGER audit_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_kept()"
        for table in ("audit_record", "audit_change", "audit_head")
    ]
    policies = [
        f"CREATE POLICY audit ON {table} TO andon_audit USING (true) WITH CHECK (true)"
        for table in ("audit_record", "audit_change", "audit_head")
    ]
    return [
        "GRANT USAGE ON SCHEMA public TO andon_audit",
        "GRANT SELECT, INSERT, UPDATE ON audit_record, audit_head TO andon_audit",
        "GRANT SELECT, INSERT ON audit_change TO andon_audit",
        *policies,
        _KEPT,
        *kept,
        *whole,
        *belonging(
            {"audit_open(uuid)": _OPEN, "audit_differing(jsonb, jsonb)": _DIFFERING, "audit_seal()": SEAL},
            [
                "CREATE CONSTRAINT TRIGGER audit_seal AFTER INSERT ON audit_record DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION audit_seal()"
            ],
        ),
    ]


def watch(table: str, watched: Watched) -> list[str]:
    """Statements that watch `table` from now on."""
    name = f"audit_{table}"
    seen = {"UPDATE": "OLD TABLE AS was NEW TABLE AS now_is", "DELETE": "OLD TABLE AS was"}
    if watched.made:
        seen["INSERT"] = "NEW TABLE AS now_is"
    triggers = [
        f"CREATE TRIGGER {name}_{operation.lower()} AFTER {operation} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        for operation, tables in seen.items()
    ]
    return belonging({f"{name}()": _watcher(name, watched)}, triggers)


def rewatch(table: str, watched: Watched) -> list[str]:
    """Statements that watch `table` anew, after what is watched of it changed."""
    name = f"audit_{table}"
    operations = ("insert", "update", "delete") if watched.made else ("update", "delete")
    return [
        *(f"DROP TRIGGER {name}_{operation} ON {table}" for operation in operations),
        "SET LOCAL ROLE andon_audit",  # what belongs to it is dropped in its name
        f"DROP FUNCTION {name}()",
        "RESET ROLE",
        *watch(table, watched),
    ]


def belonging(functions: dict[str, str], triggers: Sequence[str]) -> list[str]:
    """Functions, by signature, of `andon_audit`, which alone writes the trail; only `triggers` call them."""
    # Owners go last: once a function is another's, we can neither take rights from it nor make a trigger of it.
    return [
        *functions.values(),
        *(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC" for signature in functions),
        *triggers,
        "GRANT CREATE ON SCHEMA public TO andon_audit",
        *(f"ALTER FUNCTION {signature} OWNER TO andon_audit" for signature in functions),
        "REVOKE CREATE ON SCHEMA public FROM andon_audit",
    ]


def _watcher(name: str, watched: Watched) -> str:
    columns, id_ = (*watched.columns, *watched.secret), f'"{watched.id}"'
    before, after = _row("was", columns), _row("now_is", columns)
    keys = ", ".join(dict.fromkeys(("tenant_id", id_.strip('"'))))
    insert = "INSERT INTO audit_change (tenant_id, record_id, place, kind, object_id, before, after)"
    place = f"opened.record, opened.first + row_number() OVER (), '{watched.kind}'"
    joined = f"was JOIN now_is USING ({keys})"
    differs = f"{before} IS DISTINCT FROM {after}"
    return f"""
CREATE FUNCTION {name}() RETURNS trigger {_HEAD} $$
DECLARE tenant uuid; opened record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR tenant IN SELECT DISTINCT was.tenant_id FROM {joined} WHERE {differs}
    LOOP
      opened := audit_open(tenant);
      {insert} SELECT tenant, {place}, was.{id_},
        differing.before || {_secrets("was", watched)}, differing.after || {_secrets("now_is", watched)}
      FROM {joined},
        LATERAL audit_differing({_facts("was", watched)}, {_facts("now_is", watched)}) differing
      WHERE was.tenant_id = tenant AND {differs};
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR tenant IN SELECT DISTINCT tenant_id FROM was LOOP
      opened := audit_open(tenant);
      {insert} SELECT tenant, {place}, {id_}, {_facts("was", watched)} || {_masks("was", watched.secret)}, NULL
      FROM was WHERE tenant_id = tenant;
    END LOOP;
  ELSE
    FOR tenant IN SELECT DISTINCT tenant_id FROM now_is LOOP
      opened := audit_open(tenant);
      {insert} SELECT tenant, {place}, {id_}, NULL, {_facts("now_is", watched)} || {_masks("now_is", watched.secret)}
      FROM now_is WHERE tenant_id = tenant;
    END LOOP;
  END IF;
  RETURN NULL;
END$$"""  # noqa: S608  names of ours


def _row(side: str, columns: tuple[str, ...]) -> str:
    return f"ROW({', '.join(_column(side, column) for column in columns)})"


def _facts(side: str, watched: Watched) -> str:
    return _object({column: _column(side, column) for column in watched.columns})


def _masks(side: str, secret: tuple[str, ...]) -> str:
    """A mask for each secret that there is."""
    return _object({each: f"CASE WHEN {_column(side, each)} IS NOT NULL THEN '{MASK}' END" for each in secret})


def _secrets(side: str, watched: Watched) -> str:
    """A mask for each secret that differs between the two sides."""
    masks = [
        f"CASE WHEN {_column('was', each)} IS DISTINCT FROM {_column('now_is', each)} "
        f"THEN {_masks(side, (each,))} ELSE {_object({})} END"
        for each in watched.secret
    ]
    return " || ".join(masks) or _object({})


def _object(values: dict[str, str]) -> str:
    parts = [f"'{key}', {value}" for key, value in values.items()]
    return f"jsonb_build_object({', '.join(parts)})"


def _column(side: str, column: str) -> str:
    return f'{side}."{column}"'
