"""From what the trainer left in the bucket to gates, versions and challengers."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from minio.error import S3Error

from services.assets import api as assets
from services.blueprints import api as blueprints
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.environment import differences_of
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.kernel.uow import UnitOfWork
from services.plugins import api as plugins
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.training import trace
from services.training.cluster.messages import Answer, BlockAsset, BlockResult, Measured, Progress, block_object
from services.training.contracts import Finding, Gate, RunState
from services.training.findings import findings
from services.training.gates import Told, judge, title_of
from services.training.hindsight import after_run
from services.training.model import ended_state
from services.training.prepare import end, fail, tell
from services.training.repository import Runs
from services.training.tables import RunRow

_MANIFEST, _TABLES = "manifest.json", ("models.safetensors", "calibration.safetensors")
_MOST_MANIFEST = 64 << 20
_CHUNK = 1 << 20
_AT_ONCE = 8

Facts = Mapping[str, Any]
"""What a pack says of its making."""


class ArtefactRefused(Exception):
    """What the trainer left is not what it said it left."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An asset's new version before its gates."""

    asset: UUID
    digest: str
    index: int
    measured: Measured
    latency_ms: float
    lender: UUID | None
    ground_closed: str | None = None
    answers: tuple[Answer, ...] = ()


async def conclude(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    """Judges a run that was trained. Does nothing for a run that is not being checked; may be repeated."""
    async with platform.database.unit(tenant) as uow:
        run = await Runs(uow).get(run_id)
    if run is None or RunState(run.state) is not RunState.CHECKING or run.result is None:
        return
    finished = Progress.decode(json.dumps(run.result).encode())
    bucket = await platform.objects.bucket(tenant)
    try:
        blocks = await _blocks(bucket, run_id, finished.blocks)
        facts = await _verify(bucket, blocks)
    except ArtefactRefused as error:
        await fail(platform, tenant, run_id, str(error))
        return
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(run_id, lock=True)
        if run is None or RunState(run.state) is not RunState.CHECKING:
            return
        await _write(platform, uow, store, run, blocks, facts)
        await uow.commit()
    trace.record(run.traceparent, finished.spans)
    await tell(platform, tenant, run)


async def _blocks(bucket: Bucket, run_id: UUID, count: int) -> list[BlockResult]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> BlockResult:
        async with slots:
            name = block_object(run_id, number)
            return BlockResult.decode(await asyncio.to_thread(_get, bucket, name, _MOST_MANIFEST))

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _verify(bucket: Bucket, blocks: Sequence[BlockResult]) -> dict[str, Facts]:
    """What each pack says of its making, by digest. Raises `ArtefactRefused` unless every pack is what its digest says
    and holds the assets it is said to hold."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(digest: str, block: BlockResult) -> tuple[str, Facts]:
        async with slots:
            return digest, await asyncio.to_thread(_verify_pack, bucket, digest, block)

    made = [one(block.digest, block) for block in blocks if block.digest is not None]
    return dict(await asyncio.gather(*made))


def _verify_pack(bucket: Bucket, digest: str, block: BlockResult) -> Facts:
    manifest = _get(bucket, subjects.artefact_object(digest, _MANIFEST), _MOST_MANIFEST)
    if hashlib.sha256(manifest).hexdigest() != digest:
        raise ArtefactRefused(f"The manifest of artefact {digest[:12]} is not the one its digest names.")
    content = json.loads(manifest)
    held = [model["asset"] for model in content["models"]]
    for row in block.assets:
        if row.index is not None and (row.index >= len(held) or held[row.index] != str(row.asset)):
            raise ArtefactRefused(f"Artefact {digest[:12]} does not hold the model it is said to hold.")
    for name in _TABLES:
        if _digest_of(bucket, subjects.artefact_object(digest, name)) != content["files"][name]["sha256"]:
            raise ArtefactRefused(f"{name} of artefact {digest[:12]} is not the one its manifest names.")
    return content["facts"]


def _get(bucket: Bucket, name: str, most: int) -> bytes:
    response = _open(bucket, name)
    try:
        data = response.read(most + 1)
    finally:
        response.close()
        response.release_conn()
    if len(data) > most:
        raise ArtefactRefused(f"{name} is larger than {most} bytes.")
    return data


def _digest_of(bucket: Bucket, name: str) -> str:
    response = _open(bucket, name)
    try:
        total = hashlib.sha256()
        for chunk in response.stream(_CHUNK):
            total.update(chunk)
        return total.hexdigest()
    finally:
        response.close()
        response.release_conn()


def _open(bucket: Bucket, name: str):
    try:
        return bucket.client.get_object(bucket.name, name)
    except S3Error as error:
        if error.code == "NoSuchKey":
            raise ArtefactRefused(f"The trainer did not leave {name}.") from error
        raise


async def _write(
    platform: Platform,
    uow: UnitOfWork,
    store: Runs,
    run: RunRow,
    blocks: Sequence[BlockResult],
    facts: Mapping[str, Facts],
) -> None:
    """Gates, versions, challengers and the run's end, in the caller's transaction."""
    principal = system_principal(uow.tenant)
    candidates, lost = split(blocks)
    agreed = await assets.get_contract(uow, principal, run.contract_id, run.contract_version)
    added = await blueprints.gates_for(uow, agreed.contract.key)
    offered = await blueprints.get_blueprint(uow, run.blueprint)
    serving = offered.plugin
    [installed] = [each.plugin for each in await plugins.used(uow) if each.plugin.digest == serving.digest]
    path = plugins.path_of(installed)
    differences = {digest: differences_of(its, serving.name, serving.digest, path) for digest, its in facts.items()}
    gates = {
        one.asset: judge(
            Told(one.asset, one.measured, one.latency_ms, differences[one.digest], one.ground_closed, one.answers),
            added,
        )
        for one in candidates
    }
    lost_gates = [Gate(row.asset, "contract", False, None, None, row.sentence or "No model.") for row in lost]
    await store.replace_gates(run.id, [*lost_gates, *(gate for each in gates.values() for gate in each)])
    passed = [one for one in candidates if all(gate.passed for gate in gates[one.asset])]
    lineages = {digest: _lineage(run, offered, its) for digest, its in facts.items()}
    new = [
        NewVersion(
            one.asset,
            one.digest,
            one.index,
            replace(lineages[one.digest], borrowed_from=one.lender),
            metrics_of(one),
        )
        for one in passed
    ]
    versions = await registry.register(uow, principal, new)
    await registry.set_aliases(uow, principal, [version.id for version in versions], Alias.CHALLENGER)
    by_asset = {version.asset_id: version.id for version in versions}
    reasons = {row.asset: row.sentence for row in lost if row.sentence is not None}
    found = {one.asset: findings(one.measured) for one in candidates}
    stopped = {
        one.asset: (gates[one.asset], one.measured.range_rows) for one in candidates if one.asset not in by_asset
    }
    for asset, told in (await after_run(uow, principal, run, stopped)).items():
        found[asset].append(Finding("will_not_help", None, None, None, told.sentence))
    await store.note_outcome(run.id, by_asset, reasons, {asset: told for asset, told in found.items() if told})
    state = ended_state(len(candidates) + len(lost), len(passed))
    told = [*lost_gates, *(gate for each in gates.values() for gate in each)]
    await end(uow, store, run, state, platform, summary(told))


def split(blocks: Sequence[BlockResult]) -> tuple[list[Candidate], list[BlockAsset]]:
    """Assets with a new model, and assets without."""
    candidates: list[Candidate] = []
    lost: list[BlockAsset] = []
    for block in blocks:
        for row in block.assets:
            if row.index is None or row.measured is None or block.digest is None or block.latency_ms is None:
                lost.append(row)
            else:
                candidates.append(
                    Candidate(
                        row.asset,
                        block.digest,
                        row.index,
                        row.measured,
                        block.latency_ms,
                        row.lender,
                        row.ground_closed,
                        row.answers,
                    )
                )
    return candidates, lost


def summary(gates: Sequence[Gate]) -> str:
    """How many assets passed, and which gates stopped the others, the most frequent first."""
    assets = {gate.asset_id for gate in gates}
    stopped = {gate.asset_id for gate in gates if not gate.passed}
    text = f"{len(assets) - len(stopped)} of {len(assets)} assets passed all gates."
    causes = Counter(gate.key for gate in gates if not gate.passed)
    if causes:
        named = ", ".join(f"{title_of(key)} ({count})" for key, count in causes.most_common())
        text += f" Stopped by the gates: {named}."
    return text


def metrics_of(one: Candidate) -> dict[str, float]:
    found = {key: float(value) for key, value in asdict(one.measured).items() if value is not None}
    return found | {"latency_ms": one.latency_ms}


def _lineage(run: RunRow, offered: OfferedBlueprint, facts: Facts) -> Lineage:
    return Lineage(
        run_id=run.id,
        snapshot_digest=run.snapshot_digest or "",
        blueprint=run.blueprint,
        blueprint_version=run.blueprint_version,
        plugin=offered.plugin.name,
        plugin_digest=offered.plugin.digest,
        contract_id=run.contract_id,
        contract_version=run.contract_version,
        environment=dict(facts["environment"]),
        seed=run.seed,
    )
