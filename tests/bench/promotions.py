"""Twenty promotions and undos of 200 assets under a live stream and 50 online requests a second.

    python tests/bench/promotions.py [times]

Fails where a request has no answer, a row no score, or two. The figure is how long it takes from the undo until the
cluster serves the champions before.
"""

import asyncio
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from harness import Row, show, write
from promoting import Plant, Told, promote_and_undo
from served import BLUEPRINT, PACK, Rows, Site, site, store

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind
from services.kernel import wire
from services.kernel.ids import new_id
from services.kernel.rights import Principal, system_principal
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api, jobs

ASSETS, TIMES, GOAL_S = 200, 20, 5.0


async def plant(place: Site, principal: Principal) -> Plant:
    """Assets with a champion each, and another version that waits."""
    rows = Rows()
    pack = rows.pack()
    await store(place, pack)
    async with place.platform.database.unit(place.tenant) as uow:
        agreed = await assets.put_contract(uow, principal, rows.contract)
        new = [NewAsset(f"asset-{n}", f"Asset {n}", "Site", "Line", rows.contract.key) for n in range(ASSETS)]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        made: list[dict] = []
        for _ in range(2):
            lineage = Lineage(new_id(), "s", BLUEPRINT, "1", "p", rows.plugin.digest, agreed.id, agreed.version, {}, 0)
            fresh = [NewVersion(asset, pack.digest, i % PACK, lineage, {}) for i, asset in enumerate(ids)]
            made.append({one.asset_id: one.id for one in await registry.register(uow, principal, fresh)})
        await api.promote_many(uow, principal, made[0])
        await uow.commit()
    rows.contract_id = agreed.id
    rows.assets[:ASSETS] = [str(id_) for id_ in ids]
    return Plant(
        place.platform,
        principal,
        rows.contract.key,
        agreed.id,
        made[1],
        lambda second: wire.decode(rows.block(rows.assets[:ASSETS], second)),
    )


async def served(place: Site, principal: Principal) -> None:
    async with asyncio.timeout(300):
        while True:
            await enclaves.reconcile(place.platform, place.tenant)
            async with place.platform.database.unit(place.tenant) as uow:
                state = await api.serving_state(uow, principal)
            if state.applied_generation >= state.wanted_generation:
                return
            await asyncio.sleep(0.2)


def rows_of(told: Told, times: int) -> list[Row]:
    answered = sorted(told.answered)
    facts = {"blocks": told.sent, "rows": told.sent * ASSETS, "requests": len(answered), "failed": len(told.failed)}
    return [
        Row("undo_p50", statistics.median(told.undo_s), "s", "goal", GOAL_S, facts={"times": times}),
        Row("undo_most", max(told.undo_s), "s", "goal", GOAL_S, facts={"times": times}),
        Row("promote_p50", statistics.median(told.promote_s), "s", "goal", GOAL_S),
        Row("request_p95", answered[int(len(answered) * 0.95)] * 1e3, "ms", facts=facts),
    ]


async def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    async with site() as place:
        principal = system_principal(place.tenant)
        mine = await plant(place, principal)
        noting = asyncio.create_task(jobs.consume_applied(place.platform, place.tenant))
        await jobs.publish_wanted(place.platform, place.tenant, {})
        await served(place, principal)
        told = await promote_and_undo(mine, times)
        noting.cancel()
        await place.platform.clusters.release(place.tenant, ClusterKind.SERVING)
        await enclaves.reconcile(place.platform, place.tenant)
    result = rows_of(told, times)
    for row in result:
        show(row)
    print(f"{len(told.answered)} requests, 0 failed; {told.sent * ASSETS} rows, 0 missing, 0 doubled")
    print(write("promotions", result))


if __name__ == "__main__":
    asyncio.run(main())
