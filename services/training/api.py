"""The only door to training."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from opentelemetry import propagate

from services.assets.contracts import ContractVersion
from services.blueprints import api as blueprints
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.parameters import resolve
from services.kernel.changes import Change, changed
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.registry.contracts import ModelVersion
from services.suitability.contracts import Suitability
from services.training import champions, eligible, hindsight
from services.training.contracts import (
    Attempt,
    Calibration,
    Finding,
    Gate,
    Outlook,
    Run,
    RunAsset,
    RunState,
    StartFrom,
    StartRun,
)
from services.training.errors import (
    AssetInTraining,
    CannotUpdate,
    NoAssets,
    RunEnded,
    RunNotFound,
    SeedInvalid,
    TooManyAssets,
)
from services.training.gates import title_of
from services.training.in_vain import Wanted
from services.training.model import cancelled_from, check_range, seconds_by_state
from services.training.overrides import checked
from services.training.repository import Runs
from services.training.tables import RunAssetRow, RunRow
from services.training.updating import obstacle
from services.training.verdict import calibrated, check_verdict, verdict_from_json, verdict_to_json

MOST_ASSETS = 20_000
MOST_CALIBRATED = 1_000
HIGHEST_SEED = 2**53 - 1
"""Every reader of JSON keeps integers up to here."""


def gate_title(key: str) -> str:
    """A gate in words, for people."""
    return title_of(key)


async def start_run(uow: UnitOfWork, principal: Principal, command: StartRun, judged: Suitability | None = None) -> Run:
    """Queues a run and answers it. Announces `training.run_started`.

    `judged` is the verdict on its range, kept with the run; without one the range is not held against anything, as for
    runs that lend models and those of the command line.
    Raises `RangeDoesNotFit`, `OverrideInvalid`, `Forbidden` (an override), `NoAssets`, `TooManyAssets`, `RangeInvalid`,
    `SeedInvalid`, `BlueprintNotFound`, `UnknownParameter`, `ParameterOutOfRange`, `OverrideOutsideRun`,
    `ParameterOfWholeRun`, `NotFound` (an asset), `ContractMismatch`, `LendersInvalid`, `CannotUpdate`,
    `AssetInTraining`.
    """
    principal.require(Permission.TRAIN)
    now = utc_now()
    asset_ids, offered, contract, parameters, overrides = await _checked(uow, principal, command, now)
    reason = check_verdict(principal, command, judged)
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    run = RunRow(
        tenant_id=uow.tenant,
        blueprint=offered.blueprint.key,
        blueprint_version=offered.blueprint.version,
        declared_id=await blueprints.record_version(uow, principal, offered),
        contract_id=contract.id,
        contract_version=contract.version,
        start=command.start,
        end=command.end,
        parameters=parameters,
        seed=command.seed,
        lenders=[str(version_id) for version_id in command.lenders] or None,
        start_from=command.start_from.value,
        suitability=verdict_to_json(judged) if judged else None,
        override_reason=reason,
        asset_count=len(asset_ids),
        message="Waiting for a worker.",
        created_by=principal.name,
        created_at=now,
        heartbeat_at=now,
        traceparent=carrier.get("traceparent"),
    )
    store = Runs(uow)
    _refuse_taken(await store.add(run, asset_ids, overrides))
    uow.enqueue("training.prepare_run", run_id=str(run.id))
    uow.announce("training.run_started", run_id=str(run.id))
    return (await _contracts(store, [run]))[0]


async def check_run(uow: UnitOfWork, principal: Principal, command: StartRun) -> None:
    """Raises what `start_run` would, but for `AssetInTraining`, and starts nothing."""
    principal.require(Permission.TRAIN)
    await _checked(uow, principal, command, utc_now())


async def updates(
    uow: UnitOfWork,
) -> Callable[[ModelVersion | None, str, ContractVersion], str | None]:
    """Answers, for any number of assets, why a run of a blueprint of the tenant's cannot go on from the champion, as a
    sentence; None where it can, and where there is no such blueprint, which `start_run` tells. The contract is the
    asset's newest."""
    offered = (await blueprints.offered(uow)).blueprints

    def why_not(champion: ModelVersion | None, blueprint: str, contract: ContractVersion) -> str | None:
        found = offered.get(blueprint)
        return None if found is None else obstacle(champion, found, contract)

    return why_not


async def check_free(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> None:
    """Raises `AssetInTraining` where one of these is in a run now."""
    principal.require(Permission.VIEW)
    _refuse_taken(await Runs(uow).active_runs(asset_ids))


async def outlook(
    uow: UnitOfWork, principal: Principal, blueprint: str, asset_ids: Sequence[UUID], start: datetime, end: datetime
) -> Outlook:
    """What is known of a run of these before it is started. Raises as `check_run` does."""
    principal.require(Permission.VIEW)
    command = StartRun(blueprint, tuple(asset_ids), start, end)
    ids, offered, contract, _, _ = await _checked(uow, principal, command, utc_now())
    wanted = Wanted(offered.blueprint.key, start, end, contract)
    in_vain = tuple((await hindsight.will_not_help(uow, principal, wanted, ids)).values())
    try:
        await champions.check_update(uow, principal, ids, offered, contract)
    except CannotUpdate as error:
        return Outlook(error.message, in_vain)
    return Outlook(None, in_vain)


async def cancel_run(uow: UnitOfWork, principal: Principal, run_id: UUID) -> Run:
    """Stops a run; harmless when it is being cancelled already. Raises `RunNotFound`, `RunEnded`."""
    principal.require(Permission.TRAIN)
    store = Runs(uow)
    run = await _get(store, run_id, lock=True)
    before = RunState(run.state)
    after = cancelled_from(before)
    if after is None and before is not RunState.CANCELLED:
        raise RunEnded(f"The run is over: it {_ENDINGS[before]}.", state=before.value)
    now = utc_now()
    by = f"Cancelled by {principal.name}."
    if after is RunState.CANCELLING and before is not RunState.CANCELLING:
        await store.move(run, RunState.CANCELLING, now, by)
    if after is RunState.CANCELLING:
        uow.enqueue("training.cancel_run", run_id=str(run.id), begun=before is not RunState.STARTING)
    if after is RunState.CANCELLED:
        await store.move(run, RunState.CANCELLED, now, by)
        uow.announce("training.run_ended", run_id=str(run.id), state=run.state)
    return (await _contracts(store, [run]))[0]


async def get_run(uow: UnitOfWork, principal: Principal, run_id: UUID) -> Run:
    """Raises `RunNotFound`."""
    principal.require(Permission.VIEW)
    store = Runs(uow)
    return (await _contracts(store, [await _get(store, run_id)]))[0]


async def get_runs(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[Run]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    store = Runs(uow)
    return await _contracts(store, await store.by_ids(ids))


async def active_runs(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The run that each asset is in now; assets that are in none are left out."""
    principal.require(Permission.VIEW)
    return await Runs(uow).active_runs(asset_ids)


async def attempts_of(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> list[Attempt]:
    """Every run of each of these assets, in no order. One statement."""
    principal.require(Permission.VIEW)
    return await Runs(uow).attempts(asset_ids)


async def assets_of_run(uow: UnitOfWork, principal: Principal, run_id: UUID) -> tuple[UUID, ...]:
    """All assets of a run; none of a run that is not there."""
    principal.require(Permission.VIEW)
    return (await Runs(uow).assets_of([run_id])).get(run_id, ())


async def list_runs(
    uow: UnitOfWork,
    principal: Principal,
    asset_id: UUID | None = None,
    first: int = 50,
    after: UUID | None = None,
    states: Collection[RunState] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    blueprint: str | None = None,
) -> list[Run]:
    """A page of runs, newest first; `after` is the id of the last run seen. `states` None: in any. `since` and `until`:
    those that were started then. `blueprint`: those of that key."""
    principal.require(Permission.VIEW)
    store = Runs(uow)
    return await _contracts(store, await store.page(asset_id, first, after, states, since, until, blueprint))


async def changed_runs(
    uow: UnitOfWork, principal: Principal, since: datetime, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Change]:
    """A page of runs written since then, as `kernel.changes` has it."""
    principal.require(Permission.VIEW)
    return await changed(uow, RunRow, since, first, after)


async def list_run_assets(
    uow: UnitOfWork,
    principal: Principal,
    run_id: UUID,
    first: int = 50,
    after: tuple[bool, int] | None = None,
    stopped: bool = False,
    overridden: bool = False,
) -> list[RunAsset]:
    """A page of a run's assets, those that were stopped first, else in their order; `after`: whether the last one seen
    was stopped, and its position. `stopped` leaves only
    those that a gate stopped or that got no version, `overridden` those with parameters of their own. Empty for a run
    that is not there."""
    principal.require(Permission.VIEW)
    rows = await Runs(uow).assets_page(run_id, first, after, stopped, overridden)
    return [_run_asset(row, was_stopped) for row, was_stopped in rows]


async def calibration(uow: UnitOfWork, principal: Principal) -> Calibration:
    """How verdicts on ranges fared, over the newest thousand runs that ended with one."""
    principal.require(Permission.VIEW)
    return calibrated(await Runs(uow).fared(MOST_CALIBRATED))


async def list_gates(
    uow: UnitOfWork,
    principal: Principal,
    run_id: UUID,
    first: int = 50,
    after: int | None = None,
    failed: bool = False,
) -> list[Gate]:
    """A page of a run's verdicts in the order in which they were kept; `after` is the number of the last one seen.
    `failed` leaves only those that were not passed. Empty for a run that is not there."""
    principal.require(Permission.VIEW)
    return await Runs(uow).gates_page(run_id, first, after, failed)


async def gates_of(uow: UnitOfWork, principal: Principal, run_id: UUID) -> list[Gate]:
    """All verdicts of a run, in the order of its assets; none before it was checked. Raises `RunNotFound`."""
    principal.require(Permission.VIEW)
    store = Runs(uow)
    await _get(store, run_id)
    return await store.gates_of(run_id)


async def gates_of_assets(
    uow: UnitOfWork, principal: Principal, pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], list[Gate]]:
    """The verdicts on each (run, asset), in the order of the checks; pairs without one are left out."""
    principal.require(Permission.VIEW)
    return await Runs(uow).gates_of_assets(pairs)


async def stopped_of(uow: UnitOfWork, principal: Principal, run_id: UUID) -> dict[UUID, str]:
    """All assets of a run but those that passed every gate, each with the sentence that says why. Before it was
    checked these are all. Raises `RunNotFound`."""
    principal.require(Permission.VIEW)
    store = Runs(uow)
    await _get(store, run_id)
    return await store.stopped(run_id)


_ENDINGS = {RunState.SUCCEEDED: "succeeded", RunState.STOPPED: "was stopped by its gates", RunState.FAILED: "failed"}


def _run_asset(row: RunAssetRow, stopped: bool) -> RunAsset:
    found = tuple(Finding(**one) for one in row.findings or ())
    return RunAsset(row.run_id, row.asset_id, row.position, row.problem, row.parameters or {}, found, stopped)


async def _get(store: Runs, run_id: UUID, *, lock: bool = False) -> RunRow:
    run = await store.get(run_id, lock=lock)
    if run is None:
        raise RunNotFound("There is no such run.", id=str(run_id))
    return run


def _refuse_taken(taken: Mapping[UUID, UUID]) -> None:
    """`taken`: the run of each asset that is in one."""
    if taken:
        asset_id, run_id = next(iter(taken.items()))
        raise AssetInTraining(
            "An asset is being trained already. Wait for that run, or cancel it.",
            field="assetIds",
            asset=str(asset_id),
            run=str(run_id),
        )


async def _checked(
    uow: UnitOfWork, principal: Principal, command: StartRun, now: datetime
) -> tuple[tuple[UUID, ...], OfferedBlueprint, ContractVersion, dict[str, float], dict[UUID, dict[str, float]]]:
    """The assets without repetition, blueprint and contract, the run's parameters, and those that assets have of
    their own."""
    asset_ids = tuple(dict.fromkeys(command.asset_ids))
    if not asset_ids:
        raise NoAssets("Choose at least one asset to train.", field="assetIds")
    if len(asset_ids) > MOST_ASSETS:
        raise TooManyAssets(f"A run takes at most {MOST_ASSETS} assets.", field="assetIds", limit=MOST_ASSETS)
    if not 0 <= command.seed <= HIGHEST_SEED:
        raise SeedInvalid(f"The seed must lie between 0 and {HIGHEST_SEED}.", field="seed")
    check_range(command.start, command.end, now)
    offered = await blueprints.get_blueprint(uow, command.blueprint)
    parameters = resolve(offered.blueprint, command.parameters)
    overrides = checked(offered.blueprint, parameters, command.overrides, asset_ids)
    contract = await eligible.contract_of(uow, principal, offered, asset_ids)
    await eligible.check_lenders(uow, principal, command, offered, contract)
    if command.start_from is StartFrom.CHAMPION:
        await champions.check_update(uow, principal, asset_ids, offered, contract)
    return asset_ids, offered, contract, parameters, overrides


async def _contracts(store: Runs, rows: Sequence[RunRow]) -> list[Run]:
    ids = [row.id for row in rows]
    stages = await store.stages_of(ids)
    now = utc_now()
    return [
        Run(
            id=row.id,
            blueprint=row.blueprint,
            blueprint_version=row.blueprint_version,
            declared_id=row.declared_id,
            asset_count=row.asset_count,
            start=row.start,
            end=row.end,
            parameters=row.parameters,
            seed=row.seed,
            state=RunState(row.state),
            progress=row.progress,
            message=row.message,
            snapshot_digest=row.snapshot_digest,
            created_by=row.created_by,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            stages=seconds_by_state(stages.get(row.id, ()), now),
            suitability=verdict_from_json(row.suitability) if row.suitability else None,
            override_reason=row.override_reason,
            borrows=row.lenders is not None,
            start_from=StartFrom(row.start_from),
        )
        for row in rows
    ]
