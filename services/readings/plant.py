"""What the door knows of the plant, kept for a moment so that a body does not cost a query.

A contract is asked for again after a second: a new version is agreed on at the door within that time. Which asset a
key names never changes, so known keys are kept; an unknown key is asked for with every body that names it.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.kernel.uow import Database

FRESH_S = 1.0
_KEYS_A_QUERY = 5_000
_TENANTS = 256
_CONTRACTS = 1_024
_KEYS = 1_000_000


@dataclass(slots=True)
class _TenantPlant:
    contracts: OrderedDict[str, tuple[float, ContractVersion]] = field(default_factory=OrderedDict)
    assets: dict[UUID, dict[str, UUID]] = field(default_factory=dict)
    keys: int = 0


class Plant:
    """Contracts and asset keys of the tenants that sent lately, bounded."""

    def __init__(self) -> None:
        self._tenants: OrderedDict[TenantId, _TenantPlant] = OrderedDict()

    async def contract(self, database: Database, tenant: TenantId, key: str) -> ContractVersion:
        """The newest version, at most a second old. Raises `ContractNotFound`."""
        contracts = self._of(tenant).contracts
        kept = contracts.get(key)
        if kept is not None and monotonic() - kept[0] < FRESH_S:
            return kept[1]
        async with database.unit(tenant) as uow:
            found = await assets.contract_by_key(uow, system_principal(tenant), key)
        contracts[key] = (monotonic(), found)
        contracts.move_to_end(key)
        while len(contracts) > _CONTRACTS:
            contracts.popitem(last=False)
        return found

    async def asset_ids(self, database: Database, tenant: TenantId, contract: UUID, keys: list[str]) -> dict[str, UUID]:
        """Ids of the keys that are assets of the contract. What is answered must not be changed: it is the cache."""
        plant = self._of(tenant)
        known = plant.assets.setdefault(contract, {})
        missing = [key for key in keys if key not in known and key and "\0" not in key]
        for start in range(0, len(missing), _KEYS_A_QUERY):
            async with database.unit(tenant) as uow:
                piece = missing[start : start + _KEYS_A_QUERY]
                found = await assets.assets_by_keys(uow, system_principal(tenant), piece)
            fresh = {key: asset.id for key, asset in found.items() if asset.contract_id == contract}
            plant.keys += len(fresh)
            known.update(fresh)
        if plant.keys > _KEYS:
            plant.assets, plant.keys = {contract: known}, len(known)
        return known

    def _of(self, tenant: TenantId) -> _TenantPlant:
        plant = self._tenants.setdefault(tenant, _TenantPlant())
        self._tenants.move_to_end(tenant)
        while len(self._tenants) > _TENANTS:
            self._tenants.popitem(last=False)
        return plant
