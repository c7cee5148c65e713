"""Asking for runs, on a real database; nothing is trained here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import presses
import pytest
from sqlmodel import select

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.blueprints.errors import BlueprintNotFound, ParameterOutOfRange, UnknownParameter
from services.kernel.errors import DomainError, Forbidden, NotFound
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Permission, Principal, Role
from services.kernel.tables import OutboxRow
from services.training import api
from services.training.contracts import Gate, RunState, StartRun
from services.training.errors import (
    AssetInTraining,
    ContractMismatch,
    NoAssets,
    OverrideOutsideRun,
    ParameterOfWholeRun,
    RangeInvalid,
    RunEnded,
    RunNotFound,
    SeedInvalid,
)
from services.training.model import LEGAL
from services.training.repository import Runs
from services.training.tables import RunRow

pytestmark = pytest.mark.platform

END = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def ids(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> list[Any]:
    """Three presses, and one asset that keeps to another contract."""
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, presses.CONTRACT)
        await assets.put_contract(uow, principal, replace(presses.CONTRACT, key="lathe"))
        kinds = {"p1": "press", "p2": "press", "p3": "press", "l1": "lathe"}
        made = await assets.create_assets(
            uow, principal, [NewAsset(key, key.upper(), "Works", "Hall", kind) for key, kind in kinds.items()]
        )
        await uow.commit()
    by_key = {asset.key: asset.id for asset in made}
    return [by_key[key] for key in kinds]


def command(asset_ids: Any, **changes: Any) -> StartRun:
    known: dict[str, Any] = {"blueprint": "press-coder", "start": END - timedelta(days=1), "end": END}
    return StartRun(asset_ids=tuple(asset_ids), **(known | changes))


async def test_a_run_is_queued_with_its_job(uow: Any, principal: Any, ids: Any) -> None:
    run = await api.start_run(uow, principal, command([*ids[:2], ids[0]], parameters={"epochs": 10.0}, seed=4))
    assert (run.state, run.asset_count, run.progress, run.created_by) == (RunState.QUEUED, 2, 0.0, "Ada")
    assert [each.asset_id for each in await api.list_run_assets(uow, principal, run.id)] == list(ids[:2])
    assert run.parameters == {"epochs": 10.0, "learning_rate": 5e-3, "batch_rows": 64.0, "drop_share": 0.25}
    assert list(run.stages) == ["queued"]
    await uow.session.flush()
    jobs = [(row.name, row.payload) for row in await uow.session.exec(select(OutboxRow)) if row.kind == "job"]
    assert ("training.prepare_run", {"run_id": str(run.id)}) in jobs
    assert (await api.get_run(uow, principal, run.id)).id == run.id
    assert (await api.list_runs(uow, principal, ids[1]))[0].id == run.id
    assert await api.list_runs(uow, principal, ids[2]) == []
    assert await api.gates_of(uow, principal, run.id) == []


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"asset_ids": ()}, NoAssets, "assetIds"),
        ({"blueprint": "nothing"}, BlueprintNotFound, "blueprint"),
        ({"parameters": {"epochs": 0.0}}, ParameterOutOfRange, "parameters.epochs"),
        ({"start": END}, RangeInvalid, "end"),
        ({"end": datetime(2099, 1, 1, tzinfo=UTC)}, RangeInvalid, "end"),
        ({"seed": -1}, SeedInvalid, "seed"),
    ],
)
async def test_what_is_refused(
    uow: Any, principal: Any, ids: Any, changes: dict[str, Any], error: type[DomainError], field: str
) -> None:
    for use_case in (api.start_run, api.check_run):
        with pytest.raises(error) as caught:
            await use_case(uow, principal, replace(command(ids[:1]), **changes))
        assert caught.value.field == field
    assert await api.list_runs(uow, principal, ids[0]) == []


async def test_a_run_keeps_what_its_blueprint_declared(uow: Any, principal: Any, ids: Any) -> None:
    first, second = [await api.start_run(uow, principal, command([each])) for each in ids[:2]]
    assert first.declared_id == second.declared_id
    [declared] = await blueprints.list_versions(uow, principal, "press-coder")
    offered = blueprints.everything().blueprints["press-coder"]
    assert (declared.id, declared.version) == (first.declared_id, first.blueprint_version)
    assert (declared.plugin, declared.declaration) == (offered.plugin, offered.declaration)


async def test_an_asset_has_parameters_of_its_own(uow: Any, principal: Any, ids: Any) -> None:
    overrides = {ids[1]: {"epochs": 20.0, "drop_share": 0.25}, ids[0]: {"epochs": 10.0}}
    run = await api.start_run(uow, principal, command(ids[:3], parameters={"epochs": 10.0}, overrides=overrides))
    listed = await api.list_run_assets(uow, principal, run.id)
    assert [each.parameters for each in listed] == [{}, {"epochs": 20.0}, {}]
    assert await api.list_run_assets(uow, principal, run.id, overridden=True) == listed[1:2]
    assert await api.list_run_assets(uow, principal, run.id, after=(False, 1), overridden=True) == []
    assert await Runs(uow).overrides_of(run.id) == {ids[1]: {"epochs": 20.0}}


@pytest.mark.parametrize(
    ("own", "error", "key"),
    [
        ({"epochs": 0.0}, ParameterOutOfRange, "epochs"),
        ({"depth": 3.0}, UnknownParameter, "depth"),
        ({"epochs": 20.0, "batch_rows": 64.0}, ParameterOfWholeRun, "batch_rows"),
    ],
)
async def test_parameters_an_asset_cannot_have(
    uow: Any, principal: Any, ids: Any, own: dict[str, float], error: type[DomainError], key: str
) -> None:
    with pytest.raises(error) as caught:
        await api.start_run(uow, principal, command(ids[:2], overrides={ids[1]: own}))
    assert caught.value.field == f"overrides.{ids[1]}.{key}"
    assert await api.list_runs(uow, principal, ids[1]) == []


async def test_parameters_of_an_asset_outside_the_run(
    uow: Any, principal: Any, ids: Any, other_principal: Any, platform: Any, other_tenant: Any
) -> None:
    with pytest.raises(OverrideOutsideRun) as caught:
        await api.start_run(uow, principal, command(ids[:2], overrides={ids[2]: {"epochs": 20.0}}))
    assert (caught.value.field, caught.value.facts) == (f"overrides.{ids[2]}", {"asset": str(ids[2])})
    async with platform.unit(other_tenant) as unit:
        with pytest.raises(NotFound):
            await api.start_run(unit, other_principal, command(ids[:1], overrides={ids[0]: {"epochs": 20.0}}))


async def test_a_check_starts_nothing(uow: Any, principal: Any, ids: Any) -> None:
    await api.check_run(uow, principal, command(ids[:2]))
    assert await api.list_runs(uow, principal, ids[0]) == []
    await api.start_run(uow, principal, command(ids[:2]))
    await api.check_run(uow, principal, command(ids[:2]))


async def test_one_blueprint_for_two_lists_of_signals(uow: Any, principal: Any, ids: Any) -> None:
    with pytest.raises(
        ContractMismatch, match="keeps to the contract “lathe”; others of this run to “press”"
    ) as caught:
        await api.start_run(uow, principal, command(ids, blueprint="any-coder"))
    assert caught.value.facts == {"asset": str(ids[3]), "blueprint": "any-coder", "contract": "lathe"}
    press = await api.start_run(uow, principal, command(ids[:1], blueprint="any-coder"))
    lathe = await api.start_run(uow, principal, command(ids[3:], blueprint="any-coder"))
    assert press.blueprint == lathe.blueprint == "any-coder"
    contracts = {one.id: one.contract.key for one in await assets.list_contracts(uow, principal)}
    rows = [await uow.session.get(RunRow, (uow.tenant, run.id)) for run in (press, lathe)]
    assert [contracts[row.contract_id] for row in rows] == ["press", "lathe"]


async def test_an_asset_of_another_contract_or_tenant(
    uow: Any, principal: Any, ids: Any, other_principal: Any, platform: Any, other_tenant: Any
) -> None:
    with pytest.raises(ContractMismatch) as caught:
        await api.start_run(uow, principal, command(ids))
    assert caught.value.facts == {"asset": str(ids[3]), "blueprint": "press-coder", "contract": "lathe"}
    with pytest.raises(NotFound):
        await api.start_run(uow, principal, command([new_id()]))
    async with platform.unit(other_tenant) as unit:
        with pytest.raises(NotFound):
            await api.start_run(unit, other_principal, command(ids[:1]))


async def test_an_asset_is_in_one_active_run_at_most(uow: Any, principal: Any, ids: Any) -> None:
    first = await api.start_run(uow, principal, command(ids[:2]))
    with pytest.raises(AssetInTraining) as caught:
        await api.start_run(uow, principal, command(ids[1:3]))
    assert caught.value.facts == {"asset": str(ids[1]), "run": str(first.id)}


async def test_an_asset_is_free_again_after_the_end(uow: Any, principal: Any, ids: Any) -> None:
    first = await api.start_run(uow, principal, command(ids[:2]))
    cancelled = await api.cancel_run(uow, principal, first.id)
    assert (cancelled.state, cancelled.message) == (RunState.CANCELLED, "Cancelled by Ada.")
    assert cancelled.ended_at is not None
    again = await api.start_run(uow, principal, command(ids[:2]))
    assert again.state is RunState.QUEUED
    assert (await api.cancel_run(uow, principal, first.id)).state is RunState.CANCELLED


@pytest.mark.parametrize("way", [(), (RunState.FREEZING,), (RunState.FREEZING, RunState.STARTING, RunState.TRAINING)])
async def test_cancel_in_each_state(uow: Any, principal: Any, ids: Any, way: tuple[RunState, ...]) -> None:
    run = await api.start_run(uow, principal, command(ids[:1]))
    store = Runs(uow)
    row = await store.get(run.id)
    assert row is not None
    for state in way:
        await store.move(row, state, datetime.now(UTC), "")
    state = (await api.cancel_run(uow, principal, run.id)).state
    assert state is (RunState.CANCELLING if RunState.TRAINING in way else RunState.CANCELLED)


async def test_a_run_that_is_over_cannot_be_cancelled(uow: Any, principal: Any, ids: Any) -> None:
    run = await api.start_run(uow, principal, command(ids[:1]))
    row = await Runs(uow).get(run.id)
    assert row is not None
    assert RunState.FAILED in LEGAL[RunState.QUEUED]
    await Runs(uow).move(row, RunState.FAILED, datetime.now(UTC), "because")
    with pytest.raises(RunEnded, match="it failed"):
        await api.cancel_run(uow, principal, run.id)
    with pytest.raises(RunNotFound):
        await api.get_run(uow, principal, new_id())


async def test_pages_go_back_in_time(uow: Any, principal: Any, ids: Any) -> None:
    made = []
    for _ in range(3):
        made.append((run := await api.start_run(uow, principal, command(ids[:1]))).id)
        await api.cancel_run(uow, principal, run.id)
    page = await api.list_runs(uow, principal, ids[0], first=2)
    assert [run.id for run in page] == [made[2], made[1]]
    assert [run.id for run in await api.list_runs(uow, principal, ids[0], first=2, after=page[-1].id)] == [made[0]]


async def test_rights(uow: Any, tenant: Any, ids: Any) -> None:
    viewer = Principal(tenant.id, new_id(), "key", "dashboard", frozenset({Permission.VIEW}))
    operator = Principal(tenant.id, new_id(), "member", "Olga", RIGHTS[Role.OPERATOR], Role.OPERATOR)
    with pytest.raises(Forbidden):
        await api.start_run(uow, viewer, command(ids[:1]))
    run = await api.start_run(uow, operator, command(ids[:1]))
    with pytest.raises(Forbidden):
        await api.cancel_run(uow, viewer, run.id)
    assert (await api.get_run(uow, viewer, run.id)).created_by == "Olga"


async def test_a_run_tells_why_assets_did_not_pass(uow: Any, principal: Any, ids: Any) -> None:
    run = await api.start_run(uow, principal, command(ids[:3]))
    passed, stopped, lost = ids[:3]
    verdicts = [(passed, True, "Fine."), (stopped, True, "Fine."), (stopped, False, "Too many.")]
    verdicts += [(stopped, False, "Too slow."), (lost, True, "Fine.")]
    store = Runs(uow)
    gates = [Gate(id_, f"{n}", well, 0.5, None, words) for n, (id_, well, words) in enumerate(verdicts)]
    await store.replace_gates(run.id, gates)
    version = new_id()
    await store.note_outcome(run.id, {passed: version}, {lost: "It has 12 rows."})
    assert await api.stopped_of(uow, principal, run.id) == {stopped: "Too many.", lost: "It has 12 rows."}
    assert sorted(await api.gates_of(uow, principal, run.id), key=lambda gate: gate.key) == gates
    assert await api.list_gates(uow, principal, run.id, 2) == gates[:2]
    assert await api.list_gates(uow, principal, run.id, after=1) == gates[2:]
    assert await api.list_gates(uow, principal, run.id, failed=True) == gates[2:4]
    first = await api.list_run_assets(uow, principal, run.id, 2)
    rest = await api.list_run_assets(uow, principal, run.id, after=(first[-1].stopped, first[-1].position))
    seen = [(one.asset_id, one.stopped) for one in first + rest]
    assert seen == [(stopped, True), (lost, True), (passed, False)]
    again = await api.list_run_assets(uow, principal, run.id, after=(first[0].stopped, first[0].position))
    assert [one.asset_id for one in again] == [lost, passed]
    assert [row.version_id for row in await store.run_assets(run.id)] == [version, None, None]


async def test_an_asset_without_a_verdict_did_not_pass(uow: Any, principal: Any, ids: Any) -> None:
    run = await api.start_run(uow, principal, command(ids[:1]))
    assert await api.stopped_of(uow, principal, run.id) == {ids[0]: "The run made no version for it."}
