"""A tenant with a fleet of any size: assets, versions, champions, health, alarms, runs and gates, written as sets.

Of every hundred assets one has an open alarm, two are silent, one is blind and one has no model. Titles, sites and
lines repeat, so that searches have few and many matches; so does the label `hall`, 0 to 9.
"""

from uuid import UUID

from sqlalchemy import text

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal

CONTRACT = Contract(
    "press", "Press", (Signal("force", "Force", "kN", 0, 100), Signal("heat", "Heat", "degC", 0, 90)), 1
)

_PLANT = """
INSERT INTO site (tenant_id, id, name) SELECT :tenant, uuidv7(), 'Site ' || n FROM generate_series(0, 9) n;
INSERT INTO line (tenant_id, id, site_id, name)
  SELECT :tenant, uuidv7(), s.id, 'Line ' || n FROM site s, generate_series(0, 9) n;
INSERT INTO asset (tenant_id, id, key, title, line_id, contract_id, labels,
    created_at)
  SELECT :tenant, uuidv7(), 'press-' || lpad(n::text, 6, '0'), (ARRAY['Forging', 'Stamping', 'Bending'])[n % 3 + 1]
    || ' press ' || n, l.id, :contract, jsonb_build_object('hall', (n % 10)::text),
    now()
  FROM generate_series(0, :assets - 1) n JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM line) l
    ON l.place = n % 100;
"""
_RUNS = """
INSERT INTO run (tenant_id, id, blueprint, blueprint_version, contract_id, contract_version, start, "end", parameters,
    seed, state, progress, message, created_by, created_at, heartbeat_at, asset_count, progress_sequence, attempt)
  SELECT :tenant, uuidv7(), 'press', '1', :contract, 1, now() - interval '9 days', now() - interval '1 day', '{}', 0,
    'succeeded', 1, '', 'Ada', now(), now(), :assets, 0, 1 FROM generate_series(1, :versions);
INSERT INTO run_stage (tenant_id, id, run_id, number, state, entered_at, left_at)
  SELECT :tenant, uuidv7(), id, 1, 'succeeded', now(), now() FROM run;
INSERT INTO run_asset (tenant_id, id, run_id, asset_id, position, active)
  SELECT :tenant, uuidv7(), r.id, a.id, row_number() OVER (PARTITION BY r.id ORDER BY a.key) - 1, false
  FROM run r, asset a;
INSERT INTO model (tenant_id, id, asset_id, last_number) SELECT :tenant, uuidv7(), id, :versions FROM asset;
INSERT INTO model_version (tenant_id, id, asset_id, run_id, number, artefact_digest, index, lineage, metrics,
    created_at)
  SELECT :tenant, uuidv7(), ra.asset_id, r.id, r.number, md5(r.id::text), ra.position, jsonb_build_object(
    'run_id', r.id, 'snapshot_digest', md5(r.id::text), 'blueprint', 'press', 'blueprint_version', '1',
    'plugin', 'andon-press 1.0',
    'plugin_digest', md5('press'), 'contract_id', CAST(:contract AS uuid), 'contract_version', 1, 'environment',
    jsonb_build_object('torch', '2.13'), 'seed', 0), '{"held_out": 0.1}', now()
  FROM run_asset ra JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number FROM run) r ON r.id = ra.run_id;
INSERT INTO gate (tenant_id, id, run_id, asset_id, number, key, passed, value, "limit", sentence)
  SELECT :tenant, uuidv7(), ra.run_id, ra.asset_id, ra.position * 5 + g.place, g.key,
    NOT (g.key = 'held_out' AND ra.position % 50 = 7), 0.1, 1, 'Fine.'
  FROM run_asset ra, unnest(ARRAY['contract', 'held_out', 'not_worse', 'sensor_loss', 'latency'])
    WITH ORDINALITY AS g (key, place)
  WHERE ra.run_id = (SELECT max(id::text)::uuid FROM run);
"""
_ROLLOUT = """
INSERT INTO rollout (tenant_id, id, blueprint, start, "end", parameters, seed, shares, most_failing, by_hand,
    asset_count, cohort, cohort_count, state, message, created_by, created_at)
  SELECT :tenant, uuidv7(), 'press', now() - interval '9 days', now() - interval '1 day', '{}', 0, '[0.1, 1]', 0.2,
    false, :assets, 2, 2, 'paused', 'Paused.', 'Ada', now();
INSERT INTO rollout_asset (tenant_id, id, rollout_id, asset_id, position, cohort, state, reason, run_id, version_id)
  SELECT :tenant, uuidv7(), r.id, ra.asset_id, ra.position, CASE WHEN ra.position * 10 < :assets THEN 1 ELSE 2 END,
    CASE WHEN ra.position % 2 = 0 THEN 'quarantined' ELSE 'promoted' END, 'Fine.', ra.run_id, v.id
  FROM rollout r, run_asset ra JOIN model_version v ON v.run_id = ra.run_id AND v.asset_id = ra.asset_id
  WHERE ra.run_id = (SELECT max(id::text)::uuid FROM run);
"""
_BOUND = """
INSERT INTO binding_rule (tenant_id, id, blueprint, labels, parameters, created_by, created_at)
  SELECT :tenant, uuidv7(), 'press', 'hall', '{}', 'Ada', now();
INSERT INTO binding (tenant_id, id, rule_id, asset_id, state, message, rows, may_borrow)
  SELECT :tenant, uuidv7(), r.id, a.id, CASE WHEN a.n % 2 = 0 THEN 'waiting' ELSE 'own' END, 'Fine.', 20, true
  FROM binding_rule r, (SELECT id, row_number() OVER (ORDER BY key) AS n FROM asset) a;
"""
_PLANNED = """
INSERT INTO retraining_plan (tenant_id, id, name, labels, lookback_days, trigger, alarms, within_days, promotion,
    start_from, paused, since, created_by, created_at)
  SELECT :tenant, uuidv7(), 'Flood', '', 30, 'alarm_flood', 5, 7, 'by_hand', 'nothing', true, now(), 'Ada', now();
INSERT INTO retraining_occasion (tenant_id, id, plan_id, asset_id, cause, moment, noticed_at, start, "end", state,
    message, run_id, held_out_failed, ended_at)
  SELECT :tenant, uuidv7(), p.id, a.id, 'c', now(), now(), now() - interval '30 days', now(),
    CASE WHEN a.n % 2 = 0 THEN 'passed' ELSE 'stopped' END, 'Fine.', (SELECT max(id::text)::uuid FROM run), false, now()
  FROM retraining_plan p, (SELECT id, row_number() OVER (ORDER BY key) AS n FROM asset) a;
"""
_WATCHED = """
INSERT INTO model_alias (tenant_id, id, asset_id, alias, version_id, set_at)
  SELECT :tenant, uuidv7(), asset_id, 'champion', id, now() FROM model_version WHERE number = :versions;
INSERT INTO deployment (tenant_id, id, champion, promoted_at, wanted_generation, applied_generation)
  SELECT :tenant, asset_id, version_id, now(), 1, 1 FROM model_alias;
INSERT INTO asset_health (tenant_id, id, contract_id, silent_after_s, deployed_at, seen_at, last_row_at, value,
    coverage, route, missing, recent, below)
  SELECT :tenant, a.id, :contract, 1e6, CASE WHEN n % 100 <> 4 THEN now() END,
    now() - CASE WHEN n % 100 IN (1, 2) THEN interval '90 days' ELSE interval '0' END, now(), 0.5, 1,
    CASE WHEN n % 100 = 3 THEN 2 ELSE 0 END, CASE WHEN n % 100 = 3 THEN '1' ELSE '' END, '', 0
  FROM (SELECT id, row_number() OVER (ORDER BY key) - 1 AS n FROM asset) a;
UPDATE asset_health SET deployed_at = seen_at WHERE seen_at < now() - interval '80 days';
INSERT INTO drift_look (tenant_id, id, version_id, looked_at, start, "end", reference_start, reference_end, rows,
    drifting, score_drifts, worst, since, signals_since, looks)
  SELECT :tenant, asset_id, version_id, now(), now(), now(), now(), now(), 9, 2, false, 2, now(), now(), 3
  FROM model_alias;
INSERT INTO drift_signal (tenant_id, asset_id, signal, version_id, looked_at, state, finding, figure, "limit", over,
    since, rows)
  SELECT :tenant, asset_id, s, version_id, now(), 'drift', 'shifted', 2, 1, 3, now(), 9
  FROM model_alias, unnest(ARRAY['force', 'heat']) s;
INSERT INTO alarm_case (tenant_id, id, asset_id, title, opened_at, closed_at)
  SELECT :tenant, uuidv7(), a.id, 'Unlike before', now(), CASE WHEN n % 100 <> 0 THEN now() END
  FROM (SELECT id, row_number() OVER (ORDER BY key) - 1 AS n FROM asset) a;
INSERT INTO alarm (tenant_id, id, asset_id, case_id, rule, state, raised_at, cleared_at, cleared_because, peak, top)
  SELECT :tenant, uuidv7(), c.asset_id, c.id, 'score_high', CASE WHEN k = 5 AND closed_at IS NULL THEN 'active' ELSE
    'cleared' END, now(), CASE WHEN k < 5 OR closed_at IS NOT NULL THEN now() END, 'recovered', 2, '[["force", 0.9]]'
  FROM alarm_case c, generate_series(1, 5) k;
INSERT INTO quarantined_row (tenant_id, id, batch, row, contract, code, message, content, received_at)
  SELECT :tenant, uuidv7(), uuidv7(), 0, 'press', 'TYPE', 'No number.', '{}', now() - n * interval '1 second'
  FROM generate_series(1, :assets) n;
"""


async def seed(platform: Platform, tenant: TenantId, many: int, versions: int = 10) -> UUID:
    """Fills a fresh tenant with `many` assets of `versions` versions each, and answers the contract's id.

    Each run trained all assets; the newest has gates."""
    async with platform.database.unit(tenant) as uow:
        contract = (await assets.put_contract(uow, system_principal(tenant), CONTRACT)).id
        known = {"tenant": tenant, "contract": contract, "assets": many, "versions": versions}
        for statement in (_PLANT + _RUNS + _ROLLOUT + _BOUND + _PLANNED + _WATCHED).split(";"):
            if statement.strip():
                asked = text(statement)
                used = {name: known[name] for name in known if f":{name}" in statement}
                await uow.session.execute(asked, used)
        await uow.commit()
    return contract
