"""What the assets of a run have to have in common, and what is lent to them. Reads other services, writes nothing."""

from collections.abc import Sequence
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.blueprints.contracts import OfferedBlueprint
from services.kernel.errors import NotFound
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.training.contracts import StartFrom, StartRun
from services.training.errors import ContractMismatch, LendersInvalid


async def contract_of(
    uow: UnitOfWork, principal: Principal, offered: OfferedBlueprint, asset_ids: Sequence[UUID]
) -> ContractVersion:
    """The one contract that all assets keep to and the blueprint reads."""
    found = {asset.id: asset for asset in await assets.get_assets(uow, principal, list(asset_ids))}
    if missing := [asset_id for asset_id in asset_ids if asset_id not in found]:
        raise NotFound("There is no such asset.", field="assetIds", id=str(missing[0]))
    contracts = {contract.id: contract for contract in await assets.list_contracts(uow, principal)}
    first = contracts[found[asset_ids[0]].contract_id]
    for asset_id in asset_ids:
        contract = contracts[found[asset_id].contract_id]
        if not offered.blueprint.reads(contract.contract.key):
            reason = f"the blueprint “{offered.blueprint.title}” reads “{offered.blueprint.contract}”."
        elif contract.id != first.id:
            reason = f"others of this run to “{first.contract.key}”. Start a run for each contract."
        else:
            continue
        raise ContractMismatch(
            f"{found[asset_id].title} keeps to the contract “{contract.contract.key}”; {reason}",
            field="assetIds",
            asset=str(asset_id),
            blueprint=offered.blueprint.key,
            contract=contract.contract.key,
        )
    return first


async def check_lenders(
    uow: UnitOfWork, principal: Principal, command: StartRun, offered: OfferedBlueprint, contract: ContractVersion
) -> None:
    """Raises `LendersInvalid` unless one pack of the same blueprint and contract holds all that is lent."""
    if not command.lenders:
        return
    if command.start_from is not StartFrom.NOTHING:
        raise LendersInvalid("A model is lent as it is; there is nothing to update.", field="startFrom")
    if command.parameters or command.overrides:
        raise LendersInvalid("A model is lent as it was trained; parameters cannot be given.", field="parameters")
    found = await registry.get_versions(uow, principal, command.lenders)
    made = {(one.lineage.blueprint, one.lineage.blueprint_version, one.lineage.contract_id) for one in found}
    same = made == {(offered.blueprint.key, offered.blueprint.version, contract.id)}
    if len(found) != len(set(command.lenders)) or not same or len({one.artefact_digest for one in found}) != 1:
        raise LendersInvalid(
            "Lend versions of one pack, of the blueprint's present version and of the assets' contract.",
            field="lenders",
        )
