"""What earlier runs and champions say of a run that is asked about or has ended."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.assets import api as assets
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training.contracts import Attempt, Gate, WillNotHelp
from services.training.in_vain import Wanted, by_attempts, contract_changed, poor_with_enough_rows
from services.training.repository import Runs
from services.training.tables import RunRow

MOST_LOOKED_AT = 200
"""Assets of a run that are asked about, evenly spread over those of a larger one."""
_NEWEST = 10
"""Of an asset's runs."""


async def will_not_help(
    uow: UnitOfWork, principal: Principal, wanted: Wanted, asset_ids: Sequence[UUID], but: UUID | None = None
) -> dict[UUID, WillNotHelp]:
    """Why retraining will not help, by asset, where that is known; the run `but` does not count. A fixed number of
    statements, and one for each former contract version of a champion."""
    step = -(-len(asset_ids) // MOST_LOOKED_AT) or 1
    chosen = asset_ids[::step]
    champions = await registry.aliased(uow, principal, chosen, Alias.CHAMPION)
    made = {asset: one.lineage.contract_version for asset, one in champions.items()}
    contracts = {
        version: await assets.get_contract(uow, principal, wanted.contract.id, version)
        for version in sorted(set(made.values()))
        if version != wanted.contract.version
    }
    store = Runs(uow)
    attempts: dict[UUID, list[Attempt]] = {}
    for one in sorted(await store.attempts(chosen), key=lambda each: each.created_at, reverse=True):
        kept = attempts.setdefault(one.asset_id, [])
        if one.run_id != but and len(kept) < _NEWEST:
            kept.append(one)
    pairs = [(one.run_id, asset) for asset, each in attempts.items() for one in each]
    gates = await store.gates_of_assets(pairs) if pairs else {}
    found: dict[UUID, WillNotHelp] = {}
    for asset in chosen:
        its = attempts.get(asset, [])
        of_runs = {one.run_id: gates.get((one.run_id, asset), ()) for one in its}
        changed = contract_changed(asset, wanted, contracts.get(made.get(asset, 0)))
        if told := changed or by_attempts(asset, wanted, its, of_runs):
            found[asset] = told
    return found


async def after_run(
    uow: UnitOfWork, principal: Principal, run: RunRow, stopped: Mapping[UUID, tuple[Sequence[Gate], int]]
) -> dict[UUID, WillNotHelp]:
    """What a run shows about those it was in vain for: by asset the gates and the rows of its range."""
    if not stopped:
        return {}
    contract = await assets.get_contract(uow, principal, run.contract_id)
    wanted = Wanted(run.blueprint, run.start, run.end, contract)
    known = await will_not_help(uow, principal, wanted, sorted(stopped), but=run.id)
    found = {
        asset: known.get(asset) or poor_with_enough_rows(asset, gates, rows) for asset, (gates, rows) in stopped.items()
    }
    return {asset: told for asset, told in found.items() if told is not None}
