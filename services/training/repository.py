"""Every query of training, on a tenant-bound unit of work."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.ids import first_id, new_id
from services.kernel.uow import UnitOfWork
from services.suitability.contracts import Fitness
from services.training.contracts import ENDED, Attempt, Fared, Finding, Gate, RunState
from services.training.model import Stage, check_transition
from services.training.tables import GateRow, RunAssetRow, RunRow, StageRow

_ADD_ASSETS = text("""
    INSERT INTO run_asset (tenant_id, id, run_id, asset_id, position, active, parameters)
    SELECT :tenant, u.id, :run, u.asset, u.position - 1, true, u.parameters
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:parameters AS jsonb[]))
      WITH ORDINALITY AS u (id, asset, parameters, position)
    ORDER BY u.asset
    ON CONFLICT DO NOTHING RETURNING asset_id
""")
_ADD_GATES = text("""
    INSERT INTO gate (tenant_id, id, run_id, asset_id, number, key, passed, value, "limit", sentence)
    SELECT :tenant, u.id, :run, u.asset, u.number - 1, u.key, u.passed, u.value, u."limit", u.sentence
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:keys AS text[]), CAST(:passed AS boolean[]),
      CAST(:values AS float8[]), CAST(:limits AS float8[]), CAST(:sentences AS text[]))
      WITH ORDINALITY AS u (id, asset, key, passed, value, "limit", sentence, number)
    ON CONFLICT DO NOTHING
""")
_NOTE_OUTCOME = text("""
    UPDATE run_asset SET version_id = o.version, problem = o.problem, findings = o.findings
    FROM (SELECT r.id, v.version, p.problem, f.findings FROM run_asset r
      LEFT JOIN unnest(CAST(:assets AS uuid[]), CAST(:versions AS uuid[])) AS v (asset, version) ON v.asset = r.asset_id
      LEFT JOIN unnest(CAST(:lost AS uuid[]), CAST(:problems AS text[])) AS p (asset, problem) ON p.asset = r.asset_id
      LEFT JOIN unnest(CAST(:found AS uuid[]), CAST(:findings AS jsonb[])) AS f (asset, findings)
        ON f.asset = r.asset_id
      WHERE r.run_id = :run) AS o
    WHERE run_asset.id = o.id
""")
_ATTEMPTS = text("""
    SELECT r.id AS run_id, a.asset_id, r.blueprint, r.start, r."end", r.created_at, r.ended_at, r.state, a.version_id
    FROM run_asset a JOIN run r ON r.tenant_id = a.tenant_id AND r.id = a.run_id
    WHERE a.asset_id = ANY(CAST(:assets AS uuid[]))
""")
_STOPPED = text("""
    SELECT r.asset_id, coalesce(r.problem, first.sentence, 'The run made no version for it.') AS reason
    FROM run_asset r LEFT JOIN LATERAL (SELECT g.passed, g.sentence FROM gate g
      WHERE g.run_id = r.run_id AND g.asset_id = r.asset_id ORDER BY g.passed, g.number LIMIT 1) AS first ON true
    WHERE r.run_id = :run AND (r.problem IS NOT NULL OR first.passed IS NOT TRUE)
""")
_FARED = text("""
    WITH judged AS (
      SELECT id, suitability ->> 'verdict' AS verdict FROM run
      WHERE suitability IS NOT NULL AND state IN ('succeeded', 'stopped') ORDER BY id DESC LIMIT :most
    ), made AS (
      SELECT j.verdict, j.id, bool_and(coalesce(g.passed, false)) AS passed,
        max(g.value) FILTER (WHERE g.key = 'held_out') AS held_out
      FROM judged j JOIN run_asset a ON a.run_id = j.id
      LEFT JOIN gate g ON g.run_id = a.run_id AND g.asset_id = a.asset_id
      GROUP BY j.verdict, j.id, a.asset_id
    )
    SELECT verdict, count(DISTINCT id) AS runs, count(*) AS assets, count(*) FILTER (WHERE passed) AS passed,
      avg(held_out) AS held_out
    FROM made GROUP BY verdict
""")
_GATES_OF = text("""
    SELECT g.asset_id, g.key, g.passed, g.value, g."limit", g.sentence, g.number
    FROM gate g JOIN run_asset r ON r.run_id = g.run_id AND r.asset_id = g.asset_id
    WHERE g.run_id = :run ORDER BY r.position, g.number
""")
_GATES_OF_ASSETS = text("""
    SELECT g.run_id, g.asset_id, g.key, g.passed, g.value, g."limit", g.sentence, g.number
    FROM unnest(CAST(:runs AS uuid[]), CAST(:assets AS uuid[])) AS u (run, asset)
    JOIN gate g ON g.run_id = u.run AND g.asset_id = u.asset ORDER BY g.number
""")


class Runs:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def add(
        self, run: RunRow, asset_ids: Sequence[UUID], overrides: Mapping[UUID, Mapping[str, float]]
    ) -> dict[UUID, UUID]:
        """Writes the run with its assets. Answers assets that are in an active run, by that run: then none is added.

        The unique index decides, so two requests at once cannot both win: the second waits for the first one's end.
        """
        self.session.add(run)
        self.session.add(
            StageRow(tenant_id=self.uow.tenant, run_id=run.id, number=1, state=run.state, entered_at=run.created_at)
        )
        await self.session.flush()
        known = {"tenant": self.uow.tenant, "run": run.id, "ids": [new_id() for _ in asset_ids]}
        own = [json.dumps(overrides[asset_id]) if asset_id in overrides else None for asset_id in asset_ids]
        found = await self.session.execute(_ADD_ASSETS, known | {"assets": list(asset_ids), "parameters": own})
        added = set(found.scalars())
        taken = [asset_id for asset_id in asset_ids if asset_id not in added]
        return await self.active_runs(taken) if taken else {}

    async def active_runs(self, asset_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        statement = select(RunAssetRow.asset_id, RunAssetRow.run_id).where(
            among(col(RunAssetRow.asset_id), asset_ids), col(RunAssetRow.active)
        )
        return dict((await self.session.exec(statement)).all())

    async def get(self, run_id: UUID, *, lock: bool = False) -> RunRow | None:
        """`lock` keeps others from changing the run until the transaction ends."""
        statement = select(RunRow).where(RunRow.id == run_id)
        if lock:
            statement = statement.with_for_update()
        return (await self.session.exec(statement)).first()

    async def by_ids(self, run_ids: Sequence[UUID]) -> list[RunRow]:
        return list((await self.session.exec(select(RunRow).where(col(RunRow.id).in_(run_ids)))).all())

    async def page(
        self,
        asset_id: UUID | None,
        first: int,
        after: UUID | None,
        states: Collection[RunState] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        blueprint: str | None = None,
    ) -> list[RunRow]:
        """Newest first: ids are ordered in time."""
        statement = select(RunRow)
        if blueprint is not None:
            statement = statement.where(RunRow.blueprint == blueprint)
        if states is not None:
            statement = statement.where(col(RunRow.state).in_([state.value for state in states]))
        if asset_id is not None:
            runs = select(RunAssetRow.run_id).where(RunAssetRow.asset_id == asset_id)
            statement = statement.where(col(RunRow.id).in_(runs))
        if after is not None:
            statement = statement.where(RunRow.id < after)
        if since is not None:
            statement = statement.where(RunRow.id >= first_id(since))
        if until is not None:
            statement = statement.where(RunRow.id < first_id(until))
        return list(await self.session.exec(statement.order_by(col(RunRow.id).desc()).limit(first)))

    async def unfinished(self) -> list[RunRow]:
        statement = select(RunRow).where(col(RunRow.state).not_in([state.value for state in ENDED]))
        return list(await self.session.exec(statement))

    async def assets_of(self, run_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, ...]]:
        statement = select(RunAssetRow.run_id, RunAssetRow.asset_id).where(col(RunAssetRow.run_id).in_(run_ids))
        found: dict[UUID, list[UUID]] = {}
        for run_id, asset_id in await self.session.exec(statement.order_by(col(RunAssetRow.position))):
            found.setdefault(run_id, []).append(asset_id)
        return {run_id: tuple(assets) for run_id, assets in found.items()}

    async def stages_of(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Stage]]:
        statement = select(StageRow).where(col(StageRow.run_id).in_(run_ids)).order_by(col(StageRow.number))
        found: dict[UUID, list[Stage]] = {}
        for row in await self.session.exec(statement):
            found.setdefault(row.run_id, []).append(Stage(RunState(row.state), row.entered_at, row.left_at))
        return found

    async def move(self, run: RunRow, state: RunState, now: datetime, message: str) -> None:
        """Takes the run to `state`, keeping the books of its stages. Raises `IllegalTransition`."""
        check_transition(RunState(run.state), state)
        run.state, run.message, run.heartbeat_at = state.value, message, now
        last = (
            await self.session.exec(
                select(StageRow).where(StageRow.run_id == run.id).order_by(col(StageRow.number).desc()).limit(1)
            )
        ).one()
        last.left_at = now
        ended = state in ENDED
        self.session.add_all([run, last])
        self.session.add(
            StageRow(
                tenant_id=self.uow.tenant,
                run_id=run.id,
                number=last.number + 1,
                state=state.value,
                entered_at=now,
                left_at=now if ended else None,
            )
        )
        if ended:
            run.ended_at = now
            if state is not RunState.CANCELLED:
                run.progress = 1.0 if state is not RunState.FAILED else run.progress
            await self.session.execute(
                update(RunAssetRow).where(col(RunAssetRow.run_id) == run.id).values(active=False)
            )
        await self.session.flush()

    async def replace_gates(self, run_id: UUID, gates: Iterable[Gate]) -> None:
        """Writes the verdicts; those of an earlier attempt to conclude the run are overwritten by the same."""
        given = list(gates)
        known = {
            "tenant": self.uow.tenant,
            "run": run_id,
            "ids": [new_id() for _ in given],
            "assets": [gate.asset_id for gate in given],
            "keys": [gate.key for gate in given],
            "passed": [gate.passed for gate in given],
            "values": [gate.value for gate in given],
            "limits": [gate.limit for gate in given],
            "sentences": [gate.sentence for gate in given],
        }
        await self.session.execute(_ADD_GATES, known)

    async def note_outcome(
        self,
        run_id: UUID,
        versions: Mapping[UUID, UUID],
        problems: Mapping[UUID, str],
        findings: Mapping[UUID, Sequence[Finding]] = MappingProxyType({}),
    ) -> None:
        """Writes which version each asset of the run got, why some got none, and what was found about others."""
        known = {
            "run": run_id,
            "assets": list(versions),
            "versions": list(versions.values()),
            "lost": list(problems),
            "problems": list(problems.values()),
            "found": list(findings),
            "findings": [json.dumps([asdict(one) for one in told]) for told in findings.values()],
        }
        await self.session.execute(_NOTE_OUTCOME, known)

    async def attempts(self, asset_ids: Collection[UUID]) -> list[Attempt]:
        found = await self.session.execute(_ATTEMPTS, {"assets": list(asset_ids)})
        return [Attempt(**{**row, "state": RunState(row["state"])}) for row in found.mappings()]

    async def stopped(self, run_id: UUID) -> dict[UUID, str]:
        """Assets that have not passed all gates, each with why it got no version, or with the sentence of the first
        gate that stopped it."""
        return {row.asset_id: row.reason for row in await self.session.execute(_STOPPED, {"run": run_id})}

    async def fared(self, most: int) -> list[Fared]:
        """Of the newest `most` ended runs whose range was judged, by verdict."""
        rows = await self.session.execute(_FARED, {"most": most})
        return [Fared(Fitness(row.verdict), row.runs, row.assets, row.passed, row.held_out) for row in rows]

    async def gates_of(self, run_id: UUID) -> list[Gate]:
        """In the order of the run's assets, then that of the checks."""
        verdicts = await self.session.execute(_GATES_OF, {"run": run_id})
        return [Gate(*verdict) for verdict in verdicts]

    async def gates_page(self, run_id: UUID, first: int, after: int | None, failed: bool) -> list[Gate]:
        """In the order in which they were written, behind the number `after`."""
        statement = select(GateRow).where(GateRow.run_id == run_id)
        if after is not None:
            statement = statement.where(GateRow.number > after)
        if failed:
            statement = statement.where(~col(GateRow.passed))
        rows = await self.session.exec(statement.order_by(col(GateRow.number)).limit(first))
        return [Gate(x.asset_id, x.key, x.passed, x.value, x.limit, x.sentence, x.number) for x in rows]

    async def gates_of_assets(self, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[Gate]]:
        """By (run, asset), in the order of the checks."""
        known = {"runs": [run for run, _ in pairs], "assets": [asset for _, asset in pairs]}
        found: dict[tuple[UUID, UUID], list[Gate]] = {}
        for run_id, asset_id, *verdict in await self.session.execute(_GATES_OF_ASSETS, known):
            found.setdefault((run_id, asset_id), []).append(Gate(asset_id, *verdict))
        return found

    async def overrides_of(self, run_id: UUID) -> dict[UUID, dict[str, float]]:
        """What single assets have instead of the run's parameters; the others are left out."""
        statement = select(RunAssetRow.asset_id, RunAssetRow.parameters).where(
            RunAssetRow.run_id == run_id, col(RunAssetRow.parameters).is_not(None)
        )
        return {asset_id: dict(own) for asset_id, own in await self.session.exec(statement) if own is not None}

    async def assets_page(
        self, run_id: UUID, first: int, after: tuple[bool, int] | None, stopped: bool, overridden: bool
    ) -> list[tuple[RunAssetRow, bool]]:
        """Those that were stopped first, then in the order of the run; with whether they were. `after`: whether the
        last one was, and its position."""
        by_gates = select(GateRow.asset_id).where(GateRow.run_id == run_id, ~col(GateRow.passed))
        position = col(RunAssetRow.position)
        was_stopped = col(RunAssetRow.problem).is_not(None) | col(RunAssetRow.asset_id).in_(by_gates)
        statement = select(RunAssetRow, was_stopped).where(RunAssetRow.run_id == run_id)
        if after is not None and after[0]:
            statement = statement.where(~was_stopped | (position > after[1]))
        elif after is not None:
            statement = statement.where(~was_stopped, position > after[1])
        if overridden:
            statement = statement.where(col(RunAssetRow.parameters).is_not(None))
        if stopped:
            statement = statement.where(was_stopped)
        found = await self.session.exec(statement.order_by(was_stopped.desc(), position).limit(first))
        return [(row, bool(whether)) for row, whether in found]

    async def run_assets(self, run_id: UUID) -> list[RunAssetRow]:
        statement = select(RunAssetRow).where(RunAssetRow.run_id == run_id).order_by(col(RunAssetRow.position))
        return list(await self.session.exec(statement))

    async def touch(self, run_id: UUID, now: datetime, **values: Any) -> None:
        """Says that whoever has the run is alive."""
        await self.session.execute(update(RunRow).where(col(RunRow.id) == run_id).values(heartbeat_at=now, **values))
