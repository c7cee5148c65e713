"""Every query of serving, on a tenant-bound unit of work."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.serving.model import Standing
from services.serving.tables import DeploymentRow, ServingRow, ShadowRow

_PUT_CHAMPIONS = text("""
    INSERT INTO deployment (tenant_id, id, champion, previous, promoted_at, wanted_generation, applied_generation)
    SELECT :tenant, u.asset, u.champion, u.previous, :now, :generation, 0
    FROM unnest(CAST(:assets AS uuid[]), CAST(:champions AS uuid[]), CAST(:previous AS uuid[]))
      AS u (asset, champion, previous)
    ON CONFLICT (tenant_id, id) DO UPDATE SET champion = excluded.champion, previous = excluded.previous,
      promoted_at = excluded.promoted_at, wanted_generation = excluded.wanted_generation, refusal = NULL
""")
_ADD_SHADOWS = text("""
    INSERT INTO shadow (tenant_id, id, asset_id, version_id, since)
    SELECT :tenant, u.id, u.asset, u.version, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:versions AS uuid[])) AS u (id, asset, version)
    ON CONFLICT (tenant_id, asset_id, version_id) DO NOTHING
""")
_NOTE_APPLIED = text("""
    UPDATE deployment SET applied_generation = :generation, refusal = NULL
    WHERE wanted_generation <= :generation AND (applied_generation < :generation OR refusal IS NOT NULL)
      AND NOT champion = ANY(:refused)
""")
_NOTE_REFUSED = text("""
    UPDATE deployment SET refusal = r.reason FROM unnest(CAST(:versions AS uuid[]), CAST(:reasons AS text[]))
      AS r (version, reason) WHERE champion = r.version AND wanted_generation <= :generation
""")
_NOTE_SHADOWS = text("""
    UPDATE shadow SET refusal = (SELECT r.reason FROM unnest(CAST(:versions AS uuid[]), CAST(:reasons AS text[]))
      AS r (version, reason) WHERE r.version = shadow.version_id)
    WHERE refusal IS NOT NULL OR version_id = ANY(:versions)
""")


_NOTE_TOOK = text("""
    UPDATE shadow SET took_s = mine.took, champion_took_s = theirs.took
    FROM unnest(CAST(:versions AS uuid[]), CAST(:took AS float8[])) AS mine (version, took), deployment d
      JOIN unnest(CAST(:versions AS uuid[]), CAST(:took AS float8[])) AS theirs (version, took)
        ON theirs.version = d.champion
    WHERE shadow.version_id = mine.version AND d.id = shadow.asset_id
""")


class Deployments:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def next_generation(self) -> int:
        """Counts the tenant's wanted state up. Its row stays locked until the transaction ends, so changes of a
        tenant's wanted state happen one after the other."""
        first = {"tenant_id": self.uow.tenant, "id": self.uow.tenant, "wanted_generation": 1, "applied_generation": 0}
        statement = insert(ServingRow).values(first)
        statement = statement.on_conflict_do_update(
            index_elements=["tenant_id", "id"], set_={"wanted_generation": ServingRow.wanted_generation + 1}
        ).returning(col(ServingRow.wanted_generation))
        return (await self.session.execute(statement)).scalar_one()

    async def generations(self) -> tuple[int, int]:
        """Wanted and applied."""
        row = (await self.session.exec(select(ServingRow))).one_or_none()
        return (row.wanted_generation, row.applied_generation) if row else (0, 0)

    async def locked_generation(self) -> int:
        """The present generation, 0 before the first; nobody changes it until this transaction ends."""
        statement = select(ServingRow.wanted_generation).with_for_update()
        return (await self.session.exec(statement)).one_or_none() or 0

    async def deployments(self, asset_ids: Sequence[UUID] | None = None) -> list[DeploymentRow]:
        """Those of the assets, or all of the tenant, in the order of ids."""
        statement = select(DeploymentRow).order_by(col(DeploymentRow.id))
        if asset_ids is not None:
            statement = statement.where(among(col(DeploymentRow.id), asset_ids))
        return list(await self.session.exec(statement.execution_options(populate_existing=True)))

    async def shadows(self, asset_ids: Sequence[UUID] | None = None) -> list[ShadowRow]:
        statement = select(ShadowRow).order_by(col(ShadowRow.asset_id), col(ShadowRow.id))
        if asset_ids is not None:
            statement = statement.where(among(col(ShadowRow.asset_id), asset_ids))
        return list(await self.session.exec(statement.execution_options(populate_existing=True)))

    async def shadow(self, asset_id: UUID, version_id: UUID) -> ShadowRow | None:
        statement = select(ShadowRow).where(ShadowRow.asset_id == asset_id, ShadowRow.version_id == version_id)
        return (await self.session.exec(statement)).one_or_none()

    async def standings(self, asset_ids: Sequence[UUID]) -> dict[UUID, Standing]:
        """Who serves each asset; assets nothing serves stand empty."""
        beside = select(ShadowRow.asset_id, ShadowRow.version_id).where(among(col(ShadowRow.asset_id), asset_ids))
        shadows: dict[UUID, set[UUID]] = {}
        for asset_id, version in await self.session.exec(beside):
            shadows.setdefault(asset_id, set()).add(version)
        columns = col(DeploymentRow.id), col(DeploymentRow.champion), col(DeploymentRow.previous)
        served = await self.session.execute(select(*columns).where(among(columns[0], asset_ids)))
        known = {asset_id: (champion, previous) for asset_id, champion, previous in served}
        return {
            asset_id: Standing(*known.get(asset_id, (None, None)), shadows=frozenset(shadows.get(asset_id, ())))
            for asset_id in asset_ids
        }

    async def put_champions(self, standings: Mapping[UUID, Standing], generation: int, now: datetime) -> None:
        known = {"tenant": self.uow.tenant, "generation": generation, "now": now, "assets": list(standings)}
        champions = [standing.champion for standing in standings.values()]
        previous = [standing.previous for standing in standings.values()]
        await self.session.execute(_PUT_CHAMPIONS, known | {"champions": champions, "previous": previous})

    async def touch(self, asset_ids: Sequence[UUID], generation: int) -> None:
        """The cluster has to reach `generation` before these deployments are as wanted."""
        statement = update(DeploymentRow).where(among(col(DeploymentRow.id), asset_ids))
        await self.session.execute(statement.values(wanted_generation=generation))

    async def add_shadows(self, pairs: Iterable[tuple[UUID, UUID]], now: datetime) -> None:
        """(asset, version) pairs; those that are there stay as they are."""
        wanted = list(pairs)
        assets, versions = [asset_id for asset_id, _ in wanted], [version for _, version in wanted]
        known = {"tenant": self.uow.tenant, "now": now, "ids": [new_id() for _ in wanted]}
        await self.session.execute(_ADD_SHADOWS, known | {"assets": assets, "versions": versions})

    async def remove_shadows(self, version_ids: Sequence[UUID]) -> None:
        await self.session.execute(delete(ShadowRow).where(among(col(ShadowRow.version_id), version_ids)))

    async def note_applied(
        self, generation: int, refused: Mapping[UUID, str], took: Mapping[UUID, float] | None = None
    ) -> None:
        """Writes down what the cluster made of `generation`; an older one than is known changes nothing. `took`:
        seconds of a call, by version."""
        statement = insert(ServingRow).values(
            tenant_id=self.uow.tenant, id=self.uow.tenant, applied_generation=generation
        )
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "id"],
                set_={"applied_generation": statement.excluded.applied_generation},
            )
        )
        versions, reasons = list(refused), list(refused.values())
        known = {"generation": generation, "versions": versions, "reasons": reasons}
        await self.session.execute(_NOTE_APPLIED, {"generation": generation, "refused": versions})
        await self.session.execute(_NOTE_REFUSED, known)
        await self.session.execute(_NOTE_SHADOWS, {"versions": versions, "reasons": reasons})
        if took:
            await self.session.execute(_NOTE_TOOK, {"versions": list(took), "took": list(took.values())})
