"""Whether champions of assets can be gone on from."""

from collections.abc import Sequence
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.blueprints.contracts import OfferedBlueprint
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training.errors import CannotUpdate
from services.training.updating import obstacle


async def check_update(
    uow: UnitOfWork,
    principal: Principal,
    asset_ids: Sequence[UUID],
    offered: OfferedBlueprint,
    contract: ContractVersion,
) -> None:
    """Raises `CannotUpdate` unless each of the assets has a champion that a run may start from."""
    champions = await registry.aliased(uow, principal, asset_ids, Alias.CHAMPION)
    why = {asset_id: obstacle(champions.get(asset_id), offered, contract) for asset_id in asset_ids}
    stopped = [(asset_id, reason) for asset_id, reason in why.items() if reason is not None]
    if stopped:
        asset_id, reason = stopped[0]
        [asset] = await assets.get_assets(uow, principal, [asset_id])
        others = f" So it is for {len(stopped) - 1} more." if len(stopped) > 1 else ""
        raise CannotUpdate(
            f"{asset.title} cannot be updated: {reason}{others} Train anew instead.",
            field="startFrom",
            asset=str(asset_id),
            reason=reason,
        )
