"""A run that succeeded, with a version of each of its assets that passed and waits, without a trainer."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.assets.contracts import Asset
from services.kernel.clock import utc_now
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.training.contracts import RunState
from services.training.repository import Runs
from services.training.tables import RunRow

WAY = (RunState.FREEZING, RunState.STARTING, RunState.TRAINING, RunState.CHECKING, RunState.SUCCEEDED)


async def ended_run(
    uow: UnitOfWork,
    principal: Principal,
    assets: Sequence[Asset],
    number: int,
    declared: UUID | None = None,
    blueprint: tuple[str, str] = ("b", "1"),
) -> UUID:
    """The run's id; `number` is its seed, `blueprint` its key and version."""
    now, ids, contract = utc_now(), [asset.id for asset in assets], assets[0].contract_id
    row = RunRow(
        tenant_id=uow.tenant, blueprint=blueprint[0], blueprint_version=blueprint[1], declared_id=declared,
        contract_id=contract,
        contract_version=1, asset_count=len(ids), start=now - timedelta(days=2), end=now, parameters={}, seed=number,
        created_by="Ada", started_at=now,
    )  # fmt: skip
    assert await Runs(uow).add(row, ids, {}) == {}
    for state in WAY:
        await Runs(uow).move(row, state, now, f"{len(ids)} of {len(ids)} assets passed all gates.")
    lineage = Lineage(row.id, "s", *blueprint, "p", "x", contract, 1, {}, number)
    new = [NewVersion(asset, "d" * 64, place, lineage, {}) for place, asset in enumerate(ids)]
    versions = [version.id for version in await registry.register(uow, principal, new)]
    await registry.set_aliases(uow, principal, versions, Alias.CHALLENGER)
    return row.id
