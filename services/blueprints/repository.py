"""Every query of blueprints, on a tenant-bound unit of work."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.tables import BlueprintVersionRow
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork


def digest_of(offered: OfferedBlueprint) -> str:
    """SHA-256 over all that is recorded: key, number, plugin with its own digest, declaration."""
    plugin, blueprint = offered.plugin, offered.blueprint
    content = [
        blueprint.key, blueprint.version, plugin.name, plugin.version, plugin.digest, dict(offered.declaration),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class BlueprintVersions:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def record(self, offered: OfferedBlueprint) -> UUID:
        """The id of the version with this content, which is written unless it is there: two at once write it once."""
        digest = digest_of(offered)
        row = {
            "tenant_id": self.uow.tenant,
            "id": new_id(),
            "key": offered.blueprint.key,
            "version": offered.blueprint.version,
            "plugin": offered.plugin.name,
            "plugin_version": offered.plugin.version,
            "plugin_digest": offered.plugin.digest,
            "digest": digest,
            "declaration": dict(offered.declaration),
            "recorded_at": utc_now(),
        }
        await self.session.execute(insert(BlueprintVersionRow).values(row).on_conflict_do_nothing())
        statement = select(BlueprintVersionRow.id).where(BlueprintVersionRow.digest == digest)
        return (await self.session.exec(statement)).one()

    async def by_ids(self, ids: Sequence[UUID]) -> list[tuple[BlueprintVersionRow, bool]]:
        """Each with whether other content has the same key and number."""
        return list((await self.session.exec(_with_restated().where(col(BlueprintVersionRow.id).in_(ids)))).all())

    async def page(self, key: str, first: int, after: UUID | None) -> list[tuple[BlueprintVersionRow, bool]]:
        """Newest first: ids are ordered in time."""
        statement = _with_restated().where(BlueprintVersionRow.key == key)
        if after is not None:
            statement = statement.where(BlueprintVersionRow.id < after)
        statement = statement.order_by(col(BlueprintVersionRow.id).desc()).limit(first)
        return list((await self.session.exec(statement)).all())


def _with_restated() -> Any:
    other = aliased(BlueprintVersionRow)
    same_number = (other.key == BlueprintVersionRow.key) & (other.version == BlueprintVersionRow.version)
    return select(BlueprintVersionRow, select(other.id).where(same_number, other.id != BlueprintVersionRow.id).exists())
