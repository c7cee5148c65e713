"""Shadows score in a process of their own, with a consumer of their own: whatever one does, no champion waits.

The child (`python -m services.serving.cluster.shadows`) says before it scores a shelf which pack that is, so that the
parent knows whom to refuse when the child dies or falls silent; the others go on in a new child from the last message
that was acknowledged.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from services.fleet.score import Entry, ScoreBlock, ScoreState
from services.kernel.wire import ROLE_SHADOW
from services.serving.cluster.book import Book, Shelf
from services.serving.cluster.child import Child, own_output
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.memory import Memory
from services.serving.cluster.messages import SHADOW_CONSUMER, WantedAsset, WantedContract, WantedModel, WantedState
from services.serving.cluster.packs import Packs
from services.serving.cluster.settings import ServingSettings
from services.serving.cluster.stream import connect

log = logging.getLogger(__name__)

START_S = 90.0
BLOCK_S = 10.0
"""A shadow's time for a block of rows."""
LOAD_S = 60.0
"""A pack's time to be read and made ready."""
_RETRY_S = 1.0

Refuse = Callable[[str, str], Awaitable[None]]
"""Told the digest of a pack whose shadows are to be stopped, and why."""


class Shadows:
    """The parent's side. `keep` until cancelled; `want` at any time."""

    def __init__(self, settings: ServingSettings, refuse: Refuse) -> None:
        self._settings = settings
        self._refuse = refuse
        self._wanted: WantedState | None = None
        self._changed = asyncio.Event()

    def want(self, state: WantedState) -> None:
        """The shadows of this state score from now on; its champions are not looked at."""
        with_shadows = tuple(asset for asset in state.assets if asset.shadows)
        self._wanted = WantedState(state.generation, state.contracts, with_shadows)
        self._changed.set()

    async def keep(self) -> None:
        while True:
            if self._wanted is None or not self._wanted.assets:
                await self._changed.wait()
                self._changed.clear()
                continue
            try:
                await self._one_life()
            except (OSError, ValueError) as error:
                log.warning("the shadows' process: %r", error)
            await asyncio.sleep(_RETRY_S)

    async def _one_life(self) -> None:
        async with Child.of("services.serving.cluster.shadows", nice=10) as child:
            await child.say({"settings": asdict(self._settings)})
            telling = asyncio.create_task(self._tell(child))
            try:
                await self._mind(child, telling)
            finally:
                telling.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await telling

    async def _tell(self, child: Child) -> None:
        """Every wanted state, while there is a shadow in it."""
        while self._wanted is not None and self._wanted.assets:
            self._changed.clear()
            await child.say({"wanted": self._wanted.encode().hex()})
            await self._changed.wait()

    async def _mind(self, child: Child, telling: asyncio.Task[None]) -> None:
        busy: str | None = None
        patience = START_S
        while True:
            hearing = asyncio.create_task(child.hear(patience))
            await asyncio.wait({hearing, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                hearing.cancel()
                return
            heard = await hearing
            if heard is None:
                log.warning("shadows stopped: %s while scoring %s", child.ending(), busy)
                if busy is not None:
                    await self._refuse(busy, f"It was stopped while it scored as a shadow: {child.ending()}.")
                return
            busy = heard.get("busy")
            patience = LOAD_S if heard.get("loads") else BLOCK_S if busy else 3 * _BEAT_S + BLOCK_S


_BEAT_S = 5.0


class _Marked(Shelf):
    """A shelf that says so before and after it scores."""

    def __init__(
        self,
        contract: WantedContract,
        entries: Sequence[Entry],
        tag: str,
        mark: Callable[[str | None], None],
        digest: str,
    ) -> None:
        super().__init__(contract, entries, tag)
        self._mark = mark
        self._digest = digest

    def _score(self, slots: np.ndarray, values: np.ndarray, state: ScoreState, explain_above: float) -> ScoreBlock:
        self._mark(self._digest)
        try:
            return super()._score(slots, values, state, explain_above)
        finally:
            self._mark(None)


async def shadow_book(
    packs: Packs, state: WantedState, loads: Callable[[str], None], mark: Callable[[str | None], None]
) -> Book:
    """A shelf for each pack and round: an asset's first shadows, its second ones, and so on."""
    contracts = {(contract.id, contract.version): contract for contract in state.contracts}
    shelves: dict[tuple[UUID, int, str, int], list[tuple[WantedAsset, WantedModel]]] = {}
    for asset in state.assets:
        taken: dict[tuple[int, str], int] = {}
        for model in asset.shadows:
            kind = model.contract_version, model.digest
            number = taken[kind] = taken.get(kind, -1) + 1
            shelves.setdefault((asset.contract, *kind, number), []).append((asset, model))
    packs.keep({digest for _, _, digest, _ in shelves})
    found = []
    for (contract, version, digest, number), models in shelves.items():
        loads(digest)
        pack, blueprint = await packs.get(digest)
        entries = [Entry(str(m.version), str(a.asset), pack, m.index, blueprint) for a, m in models]
        found.append(_Marked(contracts[contract, version], entries, f"{digest}/{number}", mark, digest))
        mark(None)
    return Book(found)


async def serve(settings: ServingSettings, say: Callable[[dict[str, Any]], None]) -> None:
    """The child: scores as its input says, until that ends."""
    from services.blueprints.host import installed  # noqa: PLC0415 takes seconds, and only the child needs it

    packs = Packs(settings.objects(), settings.bucket, installed().blueprints, Path(settings.scratch))
    loop = asyncio.get_running_loop()
    marks: dict[str, str | None] = {"busy": None}

    def mark(digest: str | None) -> None:
        marks["busy"] = digest
        say(dict(marks))

    def loads(digest: str) -> None:
        marks["busy"] = digest
        say({"busy": digest, "loads": True})

    async with connect(settings, "shadows") as js:
        memory = Memory.of(settings, SHADOW_CONSUMER)
        scoring = ScoreLoop(js, SHADOW_CONSUMER, ROLE_SHADOW, ThreadPoolExecutor(1), memory)
        tasks = [asyncio.create_task(scoring.run()), asyncio.create_task(_beat(say, marks))]
        try:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                state = WantedState.decode(bytes.fromhex(json.loads(line)["wanted"]))
                await scoring.swap(await shadow_book(packs, state, loads, mark))
                if tasks[0].done():
                    tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()


async def _beat(say: Callable[[dict[str, Any]], None], marks: dict[str, str | None]) -> None:
    """The parent hears nothing of a child whose loop stands still, and ends it."""
    while True:
        if marks["busy"] is None:
            say(dict(marks))
        await asyncio.sleep(_BEAT_S)


def main() -> None:
    with own_output() as say:
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)
        settings = ServingSettings(**json.loads(sys.stdin.readline())["settings"])
        logging.basicConfig(level=logging.INFO)
        asyncio.run(serve(settings, say))


if __name__ == "__main__":
    main()
