"""A capsule being made: gathered from the history, scored again by the tenant's own cluster, stored."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID

import structlog

from services.assets import api as assets
from services.capsules import model
from services.capsules.contracts import CapsuleState, Reproduced, ScoreRef
from services.capsules.errors import CapsuleTooLarge, ModelGone
from services.capsules.gathering import Wanted, gather
from services.capsules.repository import Capsules
from services.enclaves.platform import Platform
from services.fleet.capsule import ANSWERS, Capsule
from services.kernel import wire
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import ModelVersion
from services.serving import api as serving

log = structlog.get_logger(__name__)
_PAGE = 500


async def make(platform: Platform, tenant: TenantId, capsule_id: UUID) -> None:
    """Harmless when it is made already. What cannot be had is written down; a part that is away raises."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        row = await Capsules(uow).get(capsule_id)
        if row is None or row.state != CapsuleState.MAKING.value:
            return
        score = ScoreRef(row.asset_id, row.time, row.version_id, row.shadow)
    try:
        async with platform.database.unit(tenant) as uow:
            wanted = await _wanted(uow, principal, score)
        bucket = await platform.objects.bucket(tenant)
        capsule = await asyncio.to_thread(gather, bucket, wanted)
        said = await _asked(platform, principal, capsule)
        made = replace(capsule, manifest={**capsule.manifest, "processor": dict(said.processor)})
        data = await asyncio.to_thread(made.encode)
        name = model.file_of(capsule_id)
        await asyncio.to_thread(bucket.client.put_object, bucket.name, name, BytesIO(data), len(data))
    except Unavailable:
        raise
    except DomainError as error:
        log.info("no capsule", capsule=str(capsule_id), code=error.code, reason=error.message)
        found: dict[str, Any] = {
            "state": CapsuleState.FAILED.value,
            "problem": {"code": error.code, "message": error.message},
        }
    else:
        found = {
            "state": CapsuleState.READY.value,
            "reproduced": said.equal if said.processor else None,
            "remark": said.remark,
            "differences": [dict(one) for one in said.differences],
            "models": _models(made),
            "rows": int(made.manifest["rows"]),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    async with platform.database.unit(tenant) as uow:
        row = await Capsules(uow).get(capsule_id, lock=True)
        if row is not None:
            for key, value in found.items():
                setattr(row, key, value)
            await uow.session.flush()
            await uow.commit()


async def clear(platform: Platform, tenant: TenantId) -> None:
    """Removes the files of capsules whose time is over, then their rows."""
    now = platform.clock()
    async with platform.database.unit(tenant) as uow:
        over = await Capsules(uow).over(now)
    if not over:
        return
    bucket = await platform.objects.bucket(tenant)
    for capsule_id in over:
        await asyncio.to_thread(bucket.client.remove_object, bucket.name, model.file_of(capsule_id))
    async with platform.database.unit(tenant) as uow:
        await Capsules(uow).remove(over)
        await uow.commit()


async def _wanted(uow: UnitOfWork, principal: Principal, score: ScoreRef) -> Wanted:
    [asset] = await assets.get_assets(uow, principal, [score.asset_id])
    versions: dict[UUID, ModelVersion] = {}
    after: int | None = None
    while page := await registry.list_versions(uow, principal, asset.id, _PAGE, after):
        versions |= {version.id: version for version in page}
        after = page[-1].number
    agreed = {version.lineage.contract_version for version in versions.values()}
    contracts = {number: await assets.get_contract(uow, principal, asset.contract_id, number) for number in agreed}
    if score.version_id not in versions:
        raise ModelGone("The version that gave the score is not in the registry any more.")
    role = wire.ROLE_SHADOW if score.shadow else wire.ROLE_CHAMPION
    return Wanted(asset, score.time, score.version_id, role, versions, contracts)


async def _asked(platform: Platform, principal: Principal, capsule: Capsule) -> Reproduced:
    """What the tenant's serving cluster says to it; a cluster that is away costs the mark and not the capsule."""
    data = await asyncio.to_thread(capsule.encode)
    try:
        said = await serving.reproduce(platform, principal, data)
    except Unavailable as error:
        return Reproduced(False, error.message)
    except serving.RowsRefused as error:
        raise CapsuleTooLarge(error.message) from error
    return Reproduced(bool(said["equal"]), said["remark"], said["differences"], said["processor"])


def _models(capsule: Capsule) -> list[dict[str, Any]]:
    last = {(row["version"], row["role"]): row for row in capsule.table(ANSWERS).to_pylist()}
    return [_told(one, last[one["version"], one["role"]]) for one in capsule.manifest["models"]]


def _told(one: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("route", "value", "raw", "threshold", "coverage", "expected_loss")
    signals = one["contract"]["signals"]
    said = {name: "" if answer[name] is None else f"{answer[name]:.9g}" for name in shown}
    said["missing"] = ", ".join(signals[place] for place in answer["missing"])
    said["top"] = ", ".join(signals[place] for place in answer["top"] or () if place is not None)
    return {
        "version_id": one["version"],
        "number": one["number"],
        "shadow": one["role"] == wire.ROLE_SHADOW,
        "blueprint": one["blueprint"],
        "blueprint_version": one["blueprint_version"],
        "plugin": one["plugin"]["name"],
        "plugin_digest": one["plugin"]["digest"],
        "environment": one["environment"],
        "begins": one["begins"],
        "rows": one["rows"],
        "answer": said,
    }
