"""Shadows score in a process of their own, with a consumer of their own: whatever one does, no champion waits.

Packs of one blueprint share a shelf, since a call costs the same for one model as for a thousand. The child
(`python -m services.serving.cluster.shadows`) says before it scores a shelf which packs are on it. When it dies or
falls silent, or a shelf raises, each of these packs gets a shelf of its own, after a death in a new child that goes on
from the last message that was acknowledged. A pack that ends the child from a shelf of its own is refused.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from andon_sdk.plugin import Recipe
from services.fleet.pack import Pack
from services.fleet.score import Entry, ScoreBlock, ScoreState
from services.kernel.child import Child, own_output
from services.kernel.wire import ROLE_SHADOW
from services.serving.cluster.book import Book, Shelf
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.memory import Memory
from services.serving.cluster.messages import SHADOW_CONSUMER, WantedAsset, WantedContract, WantedModel, WantedState
from services.serving.cluster.packs import Packs
from services.serving.cluster.settings import ServingSettings
from services.serving.cluster.stream import connect

log = logging.getLogger(__name__)

START_S = 90.0
BLOCK_S, ROW_S = 10.0, 0.0002
"""A shelf's time for a block of rows, and beside it for each row."""
LOAD_S = 60.0
"""A pack's time to be read and made ready."""
_RETRY_S = 1.0
_BEAT_S = 5.0
_IDLE_S = 3 * _BEAT_S + BLOCK_S
"""How long a child that scores nothing may be silent."""

Refuse = Callable[[str, str], Awaitable[None]]
"""Told the digest of a pack whose shadows are to be stopped, and why."""


class Shadows:
    """The parent's side. `keep` until cancelled; `want` at any time."""

    def __init__(self, settings: ServingSettings, refuse: Refuse, timed: asyncio.Event) -> None:
        """`timed` is set when it is known of other packs than before how long they take."""
        self._settings = settings
        self._refuse = refuse
        self._timed = timed
        self._wanted: WantedState | None = None
        self._apart: set[str] = set()
        """Digests of packs that have shelves of their own from now on."""
        self.took: dict[str, float] = {}
        """Seconds of a call, by digest of a pack, as the child said last."""
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
            await child.say({"wanted": self._wanted.encode().hex(), "apart": sorted(self._apart)})
            await self._changed.wait()

    async def _mind(self, child: Child, telling: asyncio.Task[None]) -> None:
        busy: list[str] = []
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
                if len(busy) == 1:
                    await self._refuse(busy[0], f"It was stopped while it scored as a shadow: {child.ending()}.")
                self._apart |= set(busy)
                return
            if raised := set(heard.get("raised", ())) - self._apart:
                self._apart |= raised
                self._changed.set()
            elif "busy" in heard:
                busy, patience = heard["busy"], heard["patience"]
                before, self.took = self.took, heard.get("took", self.took)
                if before.keys() != self.took.keys():
                    self._timed.set()


class _Says:
    """The child's side of what the parent hears: which packs it is busy with, and how long that may take."""

    def __init__(
        self, say: Callable[[dict[str, Any]], None], took: Callable[[], dict[str, float]] = dict[str, float]
    ) -> None:
        """`took` answers seconds of a call, by digest."""
        self._say = say
        self._took = took
        self._busy: Sequence[str] = ()

    @contextlib.contextmanager
    def busy(self, digests: Sequence[str], patience: float) -> Iterator[None]:
        self._tell(digests, patience)
        try:
            yield
        finally:
            self.idle()

    def idle(self) -> None:
        self._tell((), _IDLE_S)

    def raised(self, digests: Sequence[str]) -> None:
        self._say({"raised": digests})

    async def beat(self) -> None:
        """The parent hears nothing of a child whose loop stands still, and ends it."""
        while True:
            if not self._busy:
                self._say({"busy": (), "patience": _IDLE_S, "took": self._took()})
            await asyncio.sleep(_BEAT_S)

    def _tell(self, digests: Sequence[str], patience: float) -> None:
        self._busy = digests
        self._say({"busy": digests, "patience": patience})


class _ShadowShelf(Shelf):
    """Models of one blueprint; says so before and after it scores."""

    def __init__(
        self, contract: WantedContract, entries: Sequence[Entry], tag: str, digests: Sequence[str], says: _Says
    ) -> None:
        super().__init__(contract, entries, tag)
        self.digests = digests
        self._says = says

    def _score(self, slots: np.ndarray, values: np.ndarray, state: ScoreState, explain_above: float) -> ScoreBlock:
        with self._says.busy(self.digests, BLOCK_S + len(slots) * ROW_S):
            return super()._score(slots, values, state, explain_above)

    def _raised(self) -> None:
        if len(self.digests) > 1:
            self._says.raised(self.digests)


async def shadow_book(packs: Packs, state: WantedState, apart: Collection[str], says: _Says) -> Book:
    """A shelf for each blueprint and round: an asset's first shadows of it, its second ones, and so on. Packs that are
    to be `apart` have shelves of their own."""
    contracts = {(contract.id, contract.version): contract for contract in state.contracts}
    digests = dict.fromkeys(model.digest for asset in state.assets for model in asset.shadows)
    packs.keep(digests)
    opened: dict[str, tuple[Pack, Recipe]] = {}
    for digest in digests:
        with says.busy([digest], LOAD_S):
            opened[digest] = await packs.get(digest)
    shelves: dict[tuple[UUID, int, str], list[tuple[WantedAsset, WantedModel]]] = {}
    for asset in state.assets:
        rounds: Counter[tuple[int, str]] = Counter()
        for model in asset.shadows:
            pack, _ = opened[model.digest]
            own = model.digest if model.digest in apart else f"{pack.blueprint_key}/{pack.blueprint_version}"
            tag = f"{own}/{rounds[model.contract_version, own]}"
            rounds[model.contract_version, own] += 1
            shelves.setdefault((asset.contract, model.contract_version, tag), []).append((asset, model))
    found = list[Shelf]()
    for (contract, version, tag), models in shelves.items():
        entries = [Entry(str(model.version), str(asset.asset), *_placed(model, opened)) for asset, model in models]
        mine = list(dict.fromkeys(model.digest for _, model in models))
        with says.busy(mine, LOAD_S):
            found.append(_ShadowShelf(contracts[contract, version], entries, tag, mine, says))
    return Book(found)


def _took(book: Book) -> dict[str, float]:
    """Seconds of a call, by digest; of a pack on several shelves those of the slowest."""
    found: dict[str, float] = {}
    for shelf in book.all():
        if isinstance(shelf, _ShadowShelf) and shelf.took_s is not None:
            found |= {digest: max(shelf.took_s, found.get(digest, 0.0)) for digest in shelf.digests}
    return found


def _placed(model: WantedModel, opened: Mapping[str, tuple[Pack, Recipe]]) -> tuple[Pack, int, Recipe]:
    pack, blueprint = opened[model.digest]
    return pack, model.index, blueprint


async def serve(settings: ServingSettings, say: Callable[[dict[str, Any]], None]) -> None:
    """The child: scores as its input says, until that ends."""
    from services.blueprints.host import installed  # noqa: PLC0415 takes seconds, and only the child needs it

    packs = Packs(settings.objects(), settings.bucket, installed().blueprints, Path(settings.scratch))
    loop = asyncio.get_running_loop()
    async with connect(settings, "shadows") as js:
        memory = Memory.of(settings, SHADOW_CONSUMER)
        scoring = ScoreLoop(js, SHADOW_CONSUMER, ROLE_SHADOW, ThreadPoolExecutor(1), memory)
        says = _Says(say, lambda: _took(scoring.book))
        tasks = [asyncio.create_task(scoring.run()), asyncio.create_task(says.beat())]
        try:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                told = json.loads(line)
                state = WantedState.decode(bytes.fromhex(told["wanted"]))
                await scoring.swap(await shadow_book(packs, state, told["apart"], says))
                if tasks[0].done():
                    tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()


def main() -> None:
    with own_output() as say:
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)
        settings = ServingSettings(**json.loads(sys.stdin.readline())["settings"])
        logging.basicConfig(level=logging.INFO)
        asyncio.run(serve(settings, say))


if __name__ == "__main__":
    main()
