"""The row about serving: blocks through the public call of a serving cluster, against a model a call in Ray Serve."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from harness import Row, alternate
from served import FLEET, Rows, Site, serve, site, store

from services.assets import api as assets
from services.blueprints import api as blueprints
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind
from services.fleet.artefact import Pack, save_pack
from services.kernel import wire
from services.kernel.rights import system_principal
from services.serving import api as serving

CALLS = 300
PATIENCE_S = 30
"""The peer's time to end by itself."""


def serving_rows(pairs: int) -> list[Row]:
    return asyncio.run(_measured(pairs))


async def _measured(pairs: int) -> list[Row]:
    async with site() as place:
        rows = await _contract_of(place)
        pack = rows.pack()
        await store(place, pack)
        await serve(place, rows, pack.digest, FLEET, 0, 1)
        try:
            with tempfile.TemporaryDirectory(prefix="andon-peer-") as folder, _peer(Path(folder), pack) as peer:
                return [await _against_multiplexed(place, rows, peer, Path(folder), pairs)]
        finally:
            await place.platform.clusters.release(place.tenant, ClusterKind.SERVING)
            await enclaves.reconcile(place.platform, place.tenant)


async def _contract_of(place: Site) -> Rows:
    """Readings of a contract that the tenant has, since the public call looks it up."""
    first = Rows()
    async with place.platform.database.unit(place.tenant) as uow:
        found = await assets.put_contract(uow, system_principal(place.tenant), first.contract)
        await uow.commit()
    return Rows(found.id)


@contextmanager
def _peer(folder: Path, pack: Pack) -> Iterator["subprocess.Popen[str]"]:
    """Ray Serve with a model a call, in processes of its own, which end with what it reads."""
    arguments = [str(save_pack(pack, folder)), pack.digest, str(FLEET)]
    with subprocess.Popen(
        [sys.executable, "-m", "fleet.peers.multiplexed", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


async def _against_multiplexed(place: Site, rows: Rows, peer: "subprocess.Popen[str]", folder: Path, pairs: int) -> Row:
    values = rows.values(FLEET)
    batch = wire.decode(rows.block_of(rows.assets, values, 0))
    history = blueprints.everything().blueprints[rows.blueprint.key].blueprint.history_rows
    windows = np.full((CALLS, history, values.shape[1]), np.nan)
    windows[:, -1] = values[:CALLS]
    np.save(folder / "windows.npy", windows)
    raw: dict[str, np.ndarray] = {}
    assert _heard(peer) == {"ready": True}

    async def ours() -> float:
        clock = asyncio.get_running_loop().time
        began = clock()
        answer = await serving.score(place.platform, system_principal(place.tenant), rows.contract.key, batch)
        took = clock() - began
        assert answer.num_rows == FLEET
        raw["ours"] = answer.column("raw").to_numpy()[:CALLS]
        return FLEET / took

    async def theirs() -> float:
        heard = await asyncio.to_thread(_said, peer, {"rows": str(folder / "windows.npy")})
        raw["theirs"] = np.array(heard["raw"])
        return CALLS / heard["seconds"]

    row = await alternate(
        "fleet_score_vs_one_by_one", "rows/s", ours, "Ray Serve multiplexed, 32 calls in flight", theirs, pairs
    )
    np.testing.assert_allclose(raw["ours"], raw["theirs"], rtol=1e-4)
    return row


def _said(peer: "subprocess.Popen[str]", words: dict[str, str]) -> dict[str, object]:
    assert peer.stdin is not None
    peer.stdin.write(json.dumps(words) + "\n")
    peer.stdin.flush()
    return _heard(peer)


def _heard(peer: "subprocess.Popen[str]") -> dict[str, object]:
    assert peer.stdout is not None
    line = peer.stdout.readline()
    assert line, f"the peer has ended: {peer.poll()}"
    return json.loads(line)
