"""The only door to capsules."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.budgets import api as budgets
from services.bulk.contracts import Download
from services.capsules import model
from services.capsules.contracts import Capsule, CapsuleModel, CapsuleState, Difference, Problem, ScoreRef
from services.capsules.errors import CapsuleNotFound, CapsuleNotReady, ScoreNotFound
from services.capsules.repository import Capsules
from services.capsules.tables import CapsuleRow
from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.errors import Invalid
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api as monitoring
from services.readings import api as readings

_MOMENT = timedelta(microseconds=1)


async def find_score(
    platform: Platform, principal: Principal, asset_id: UUID, time: datetime, version_id: UUID | None = None
) -> ScoreRef:
    """The score of the asset's row of that source time: of that version, or of the champion of then.

    Raises `AssetNotFound`, `ScoreNotFound`, `Invalid` (a time without a zone), `HistoryUnavailable`.
    """
    principal.require(Permission.OPEN_CAPSULES)
    if time.tzinfo is None:
        raise Invalid("The time has no offset from UTC: write 2026-03-01T12:00:00Z.", field="time")
    found = await readings.scores(platform, principal, asset_id, time, time + _MOMENT)
    given = zip(found["version"].to_pylist(), found["shadow"].to_pylist(), strict=True)
    of = [(UUID(version), shadow) for version, shadow in given]
    fit = [one for one in of if (one[0] == version_id if version_id is not None else not one[1])]
    if not fit:
        raise ScoreNotFound(
            "There is no such score: no version answered a row of this asset at that time, or its score is not in the "
            "history yet. Give the row's exact time; try again in a few seconds if it has just come.",
            field="time" if version_id is None else "versionId",
        )
    version, shadow = sorted(fit, key=lambda one: one[1])[0]
    return ScoreRef(asset_id, time, version, shadow)


async def find_alarm_score(platform: Platform, principal: Principal, alarm_id: UUID) -> ScoreRef:
    """The champion's score of the row that raised the alarm. Raises `AlarmNotFound`, and like `find_score`."""
    principal.require(Permission.OPEN_CAPSULES)
    async with platform.database.unit(principal.tenant) as uow:
        alarm = await monitoring.get_alarm(uow, principal, alarm_id)
    return await find_score(platform, principal, alarm.asset_id, alarm.raised_at)


async def open_capsule(uow: UnitOfWork, principal: Principal, score: ScoreRef) -> Capsule:
    """The capsule of the score: the one there is, or a new one that is made in the background. One that could not be
    made, or was not scored again yet, is tried once more. Raises `StorageFull`."""
    principal.require(Permission.OPEN_CAPSULES)
    store, now = Capsules(uow), utc_now()
    await budgets.storage_room(uow, 0)
    await store.begin(score, principal.name, now, now + model.GOOD_FOR)
    row = await store.of_score(score)
    assert row is not None
    if row.state != CapsuleState.READY.value or row.reproduced is None:
        row.state, row.problem = CapsuleState.MAKING.value, None
        await uow.session.flush()
        uow.enqueue("capsules.make", capsule_id=str(row.id))
    return contract(row)


async def get_capsules(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Capsule]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.OPEN_CAPSULES)
    return [contract(row) for row in await Capsules(uow).by_ids(ids)]


async def list_capsules(
    uow: UnitOfWork,
    principal: Principal,
    first: int = 50,
    after: UUID | None = None,
    asset_id: UUID | None = None,
    kept: bool = False,
) -> list[Capsule]:
    """A page, newest first; of one asset, or kept ones only."""
    principal.require(Permission.OPEN_CAPSULES)
    return [contract(row) for row in await Capsules(uow).page(first, after, asset_id, kept)]


async def keep_capsule(uow: UnitOfWork, principal: Principal, capsule_id: UUID, name: str) -> Capsule:
    """Keeps it under a name, without an end. Raises `CapsuleNotFound`, `CapsuleNotReady`, `Invalid`."""
    principal.require(Permission.OPEN_CAPSULES)
    row = await _ready(uow, capsule_id)
    row.kept_as, row.expires_at = model.checked_name(name), None
    await uow.session.flush()
    return contract(row)


async def remove_capsule(uow: UnitOfWork, principal: Principal, capsule_id: UUID) -> UUID:
    """Removes it, also a kept one; its file goes a moment later. Raises `CapsuleNotFound`."""
    principal.require(Permission.OPEN_CAPSULES)
    row = await Capsules(uow).get(capsule_id, lock=True)
    if row is None:
        raise _absent()
    row.kept_as, row.expires_at = None, utc_now()
    await uow.session.flush()
    uow.enqueue("capsules.clear")
    return row.id


async def download(uow: UnitOfWork, principal: Principal, capsule_id: UUID) -> Download:
    """Its file. Raises `CapsuleNotFound`, `CapsuleNotReady`."""
    principal.require(Permission.OPEN_CAPSULES)
    row = await _ready(uow, capsule_id)
    size = row.bytes or 0
    parts = ((model.file_of(row.id), size),)
    return Download(f"capsule-{row.id}.zip", model.MEDIA_TYPE, size, parts, (row.sha256 or "")[:32])


async def _ready(uow: UnitOfWork, capsule_id: UUID) -> CapsuleRow:
    row = await Capsules(uow).get(capsule_id, lock=True)
    if row is None or (row.expires_at is not None and row.expires_at <= utc_now()):
        raise _absent()
    if row.state != CapsuleState.READY.value or row.bytes is None:
        raise CapsuleNotReady("The capsule is being made, or could not be made. Look again.", state=row.state)
    return row


def _absent() -> CapsuleNotFound:
    return CapsuleNotFound("There is no such capsule, or its time is over. Open the score once more.")


def contract(row: CapsuleRow) -> Capsule:
    return Capsule(
        id=row.id,
        asset_id=row.asset_id,
        time=row.time,
        version_id=row.version_id,
        shadow=row.shadow,
        state=CapsuleState(row.state),
        problem=Problem(**row.problem) if row.problem else None,
        reproduced=row.reproduced,
        remark=row.remark,
        differences=[_difference(one) for one in row.differences],
        models=[_model(one) for one in row.models],
        rows=row.rows,
        bytes=row.bytes,
        sha256=row.sha256,
        kept_as=row.kept_as,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _difference(plain: Mapping[str, Any]) -> Difference:
    return Difference(UUID(plain["version"]), plain["column"], plain["recorded"], plain["here"])


def _model(plain: Mapping[str, Any]) -> CapsuleModel:
    return CapsuleModel(**{**plain, "version_id": UUID(plain["version_id"])})
