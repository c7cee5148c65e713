"""The door of the plant model."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col

from andon_sdk.plugin import Contract
from services.assets import labels, model, repository
from services.assets.contracts import Asset, AssetQuery, ContractVersion, Label, NewAsset
from services.assets.errors import AssetExists, AssetNotFound, ContractNotFound, TooManyAssets
from services.assets.repository import AssetRow
from services.assets.tables import AssetTable, ContractTable, ContractVersionTable
from services.kernel.changes import Change, changed
from services.kernel.idset import Places
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork

MOST_LABELLED = 1_000
"""Assets whose labels one call may change."""


async def put_contract(uow: UnitOfWork, principal: Principal, contract: Contract) -> ContractVersion:
    """Agrees on a contract: the present version if nothing changed, else a new one. Raises `ContractNarrowed`."""
    principal.require(Permission.EDIT_PLANT)
    await repository.lock_plant(uow)
    line = await repository.contract(uow, contract.key)
    newest = await repository.contract_version(uow, line.id) if line else None
    digest = model.contract_digest(contract)
    if newest is not None and newest.digest == digest:
        return _contract(newest)
    if line is None:
        line = ContractTable(tenant_id=uow.tenant, key=contract.key)
        uow.session.add(line)
        await uow.session.flush()
    if newest is not None:
        model.check_successor(model.contract_from_json(newest.body), contract)
    row = ContractVersionTable(
        tenant_id=uow.tenant,
        contract_id=line.id,
        version=newest.version + 1 if newest else 1,
        digest=digest,
        body=model.contract_to_json(contract),
    )
    uow.session.add(row)
    await uow.session.flush()
    uow.announce("assets.contract_changed", contract_id=str(line.id), version=row.version)
    return _contract(row)


async def get_contract(
    uow: UnitOfWork, principal: Principal, contract_id: UUID, version: int | None = None
) -> ContractVersion:
    """That version, or the newest. Raises `ContractNotFound`."""
    principal.require(Permission.VIEW)
    row = await repository.contract_version(uow, contract_id, version)
    if row is None:
        raise ContractNotFound("There is no such contract.", field="contractId")
    return _contract(row)


async def contract_by_key(uow: UnitOfWork, principal: Principal, key: str) -> ContractVersion:
    """The newest version of the contract of that key. Raises `ContractNotFound`."""
    principal.require(Permission.VIEW)
    line = await repository.contract(uow, key)
    row = await repository.contract_version(uow, line.id) if line else None
    if row is None:
        raise ContractNotFound(f"There is no contract “{key}”.", field="contract")
    return _contract(row)


async def list_contracts(uow: UnitOfWork, principal: Principal) -> list[ContractVersion]:
    """The newest version of each contract, by key."""
    principal.require(Permission.VIEW)
    contracts = [_contract(row) for row in await repository.newest_contracts(uow)]
    return sorted(contracts, key=lambda found: found.contract.key)


async def create_assets(uow: UnitOfWork, principal: Principal, new: Sequence[NewAsset]) -> list[Asset]:
    """Adds assets, with their sites and lines where missing; all or none.

    Raises `AssetInvalid`, `AssetExists` (also for a key twice in `new`), `ContractNotFound`, `LabelInvalid`,
    `TooManyLabels`.
    """
    principal.require(Permission.EDIT_PLANT)
    for asset in new:
        model.check_new_asset(asset)
    labelled = [labels.of_asset(asset.key, asset.labels) for asset in new]
    await repository.lock_plant(uow)
    await _refuse_known_keys(uow, [asset.key for asset in new])
    contracts = {key: (await contract_by_key(uow, principal, key)).id for key in {asset.contract for asset in new}}
    sites = await repository.sites_named(uow, [asset.site for asset in new])
    lines = await repository.lines_named(uow, [(sites[asset.site].id, asset.line) for asset in new])
    rows = [
        AssetTable(
            tenant_id=uow.tenant,
            key=asset.key,
            title=asset.title,
            line_id=lines[sites[asset.site].id, asset.line].id,
            contract_id=contracts[asset.contract],
            labels=values,
        )
        for asset, values in zip(new, labelled, strict=True)
    ]
    uow.session.add_all(rows)
    await uow.session.flush()
    uow.announce("assets.created", asset_ids=[str(row.id) for row in rows])
    return [
        _asset(
            AssetRow(row.id, row.key, row.title, asset.line, asset.site, row.contract_id, row.created_at, row.labels)
        )
        for row, asset in zip(rows, new, strict=True)
    ]


async def set_labels(
    uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID], put: Sequence[Label], remove: Collection[str]
) -> list[Asset]:
    """Gives all those assets the labels `put` and takes the keys `remove` off them, all or none; answers them by key.

    A label that an asset has gets its new value; a key that it has not is no error. Raises `LabelInvalid`,
    `TooManyLabels`, `TooManyAssets` (over 1,000), `AssetNotFound`.
    """
    principal.require(Permission.EDIT_PLANT)
    wanted = set(asset_ids)
    if len(wanted) > MOST_LABELLED:
        message = (
            f"Labels of at most {MOST_LABELLED:,} assets are set at once, and these are {len(wanted):,}: send parts."
        )
        raise TooManyAssets(message, field="assetIds", limit=MOST_LABELLED)
    values = labels.checked(put)
    labels.check_change(values, remove)
    await repository.lock_plant(uow)
    changed = await repository.set_labels(uow, wanted, values, remove)
    if len(changed) < len(wanted):
        raise AssetNotFound("There is no such asset. Nothing was changed.", field="assetIds")
    for row in changed:
        labels.check_number(row.key, row.labels)
    uow.announce("assets.labels_changed", asset_ids=sorted(map(str, wanted)))
    return [_asset(row) for row in await repository.assets_by(uow, col(AssetTable.id), wanted)]


async def list_assets(uow: UnitOfWork, principal: Principal, query: AssetQuery) -> list[Asset]:
    """Raises `LabelQueryInvalid`."""
    principal.require(Permission.VIEW)
    return [_asset(row) for row in await repository.assets_page(uow, query)]


async def count_assets(uow: UnitOfWork, principal: Principal, query: AssetQuery) -> int:
    """How many assets match, on all pages. Raises `LabelQueryInvalid`."""
    principal.require(Permission.VIEW)
    return await repository.count_assets(uow, query)


async def which_match(
    uow: UnitOfWork,
    principal: Principal,
    asset_ids: Collection[UUID],
    site: str | None = None,
    line: str | None = None,
    labels: str | None = None,
) -> set[UUID]:
    """Those of the assets that are of that site and line, by name, and that the label query holds for. One statement.

    Raises `LabelQueryInvalid`.
    """
    principal.require(Permission.VIEW)
    return await repository.which_match(uow, asset_ids, site, line, AssetQuery(labels=labels))


async def places(uow: UnitOfWork, principal: Principal) -> Places:
    """Where each asset stands, to group by what another service knows of them."""
    principal.require(Permission.VIEW)
    return repository.places()


async def known_assets(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Asset]:
    """Those of `ids` that exist, by key."""
    principal.require(Permission.VIEW)
    return [_asset(row) for row in await repository.assets_by(uow, col(AssetTable.id), set(ids))]


async def changed_assets(
    uow: UnitOfWork, principal: Principal, since: datetime, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Change]:
    """A page of assets written since then, as `kernel.changes` has it."""
    principal.require(Permission.VIEW)
    return await changed(uow, AssetTable, since, first, after)


async def get_assets(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Asset]:
    """The assets of those ids, by key. Raises `AssetNotFound` if one is absent."""
    principal.require(Permission.VIEW)
    found = [_asset(row) for row in await repository.assets_by(uow, col(AssetTable.id), set(ids))]
    if len(found) < len(set(ids)):
        raise AssetNotFound("There is no such asset.", field="assetId")
    return found


async def assets_by_keys(uow: UnitOfWork, principal: Principal, keys: Collection[str]) -> dict[str, Asset]:
    """The assets of those keys; a key that is not known is left out."""
    principal.require(Permission.VIEW)
    rows = await repository.assets_by(uow, col(AssetTable.key), set(keys))
    return {row.key: _asset(row) for row in rows}


async def _refuse_known_keys(uow: UnitOfWork, keys: Sequence[str]) -> None:
    doubled = {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else set[str]()
    known = {row.key for row in await repository.assets_by(uow, col(AssetTable.key), set(keys))}
    if taken := sorted(doubled | known):
        raise AssetExists(f"These keys are taken: {', '.join(taken[:10])}.", field="key", keys=taken)


def _contract(row: ContractVersionTable) -> ContractVersion:
    return ContractVersion(
        id=row.contract_id,
        version=row.version,
        contract=model.contract_from_json(row.body),
        digest=row.digest,
        created_at=row.created_at,
    )


def _asset(row: AssetRow) -> Asset:
    return Asset(
        id=row.id,
        key=row.key,
        title=row.title,
        site=row.site,
        line=row.line,
        contract_id=row.contract_id,
        created_at=row.created_at,
        labels=labels.in_order(row.labels),
    )
