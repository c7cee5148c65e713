"""Brings the scorer to the wanted state, and says what became of it.

Of several scorers the first one leads: it rehearses, minds the shadows, and says what was applied. The others take
their verdicts from what it said.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from nats.errors import Error as StreamError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.fleet.score import Entry
from services.kernel import subjects
from services.serving.cluster.book import Book, Shelf
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.messages import (
    AppliedState,
    WantedAsset,
    WantedContract,
    WantedModel,
    WantedState,
)
from services.serving.cluster.packs import AWAY, Packs
from services.serving.cluster.rehearsal import Candidate, rehearse
from services.serving.cluster.settings import ServingSettings
from services.serving.cluster.shadows import Shadows

log = logging.getLogger(__name__)

_LOOK_S = 10.0
"""How often the wanted state is looked up in case its notice was lost."""
_RETRY_S, _LEARN_S = 1.0, 0.2
_TELL_S = 60.0
"""How often it is told how long shadows take; at once where there are others than before."""

_AWAY = (StreamError, TimeoutError, *AWAY)


class Keeper:
    """`keep` and `shadows.keep` until cancelled."""

    def __init__(
        self,
        settings: ServingSettings,
        js: JetStreamContext,
        packs: Packs,
        loop: ScoreLoop,
        man: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`man` is told by the one that leads how many scorers are to run."""
        self._leads = loop.number == 0
        self._man = man
        self._notice = asyncio.Event()
        self.shadows = Shadows(settings, self._refuse_shadows, self._notice)
        self.generation = -1
        self._settings = settings
        self._js = js
        self._packs = packs
        self._loop = loop
        self._verdicts: dict[UUID, str | None] = {}
        """None for versions that may serve, else the reason why not."""
        self._stopped: dict[UUID, str] = {}
        """Shadows that broke in service. They may not be promoted either."""
        self._serving: dict[UUID, WantedModel] = {}
        self._last: WantedState | None = None
        self._told: tuple[float, set[UUID]] = (0.0, set())
        """When it was told how long versions take, and of which."""

    async def keep(self) -> None:
        """Applies each wanted state, the newest first and only once."""
        await self._js._nc.subscribe(subjects.SERVE_WANTED, cb=self._noticed)  # pyright: ignore[reportPrivateUsage]
        while True:
            self._notice.clear()
            try:
                wanted = await self._newest()
                if wanted is not None and wanted != self._last:
                    await self.apply(wanted)
                elif self._leads and self._last is not None and self._is_to_tell(self._last):
                    await self._publish(self._last)
            except _AWAY as error:
                log.warning("the wanted state cannot be applied now: %r", error)
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._notice.wait()
            except TimeoutError:
                continue

    async def _noticed(self, _message: object) -> None:
        self._notice.set()

    async def _newest(self) -> WantedState | None:
        try:
            raw = await self._js.get_last_msg(subjects.SERVE_WANTED_STREAM, subjects.SERVE_WANTED)
        except NotFoundError:
            return None
        return WantedState.decode(raw.data or b"")

    async def apply(self, wanted: WantedState) -> None:
        """Rehearses what is new, swaps the champions, hands the shadows over, and publishes what was applied."""
        await (self._rehearse(wanted) if self._leads else self._learn(wanted))
        serving = {asset.asset: model for asset in wanted.assets if (model := self._choose(asset)) is not None}
        await self._loop.swap(await self._book(wanted, serving))
        self._packs.keep({model.digest for model in serving.values()})
        self._serving, self._last, self.generation = serving, wanted, wanted.generation
        if self._leads:
            self._hand_over(wanted)
            await self._publish(wanted)
            if self._man is not None:
                await self._man(wanted.running)
        await asyncio.to_thread(self._packs.discard, _digests(wanted, serving))
        log.info("generation %d applied: %d champions", wanted.generation, len(serving))

    def _choose(self, asset: WantedAsset) -> WantedModel | None:
        """The champion if it may serve, else who serves now, else the champion before."""
        for model in (asset.champion, self._serving.get(asset.asset), asset.previous):
            if model is not None and self._reason(model.version) is None:
                return model
        return None

    def _reason(self, version: UUID) -> str | None:
        return self._stopped.get(version) or self._verdicts.get(version)

    async def _rehearse(self, wanted: WantedState) -> None:
        contracts = {(contract.id, contract.version): contract for contract in wanted.contracts}
        fresh: dict[tuple[str, UUID, int], dict[UUID, WantedModel]] = {}
        for asset in wanted.assets:
            for model in _models(asset):
                if model.version not in self._verdicts:
                    key = model.digest, asset.contract, model.contract_version
                    fresh.setdefault(key, {})[model.version] = model
        if not fresh:
            return
        candidates = [
            Candidate(digest, contracts[contract, version], tuple(models.values()))
            for (digest, contract, version), models in fresh.items()
        ]
        refused = await rehearse(self._settings, candidates)
        for candidate in candidates:
            self._verdicts |= {model.version: refused.get(model.version) for model in candidate.models}

    async def _learn(self, wanted: WantedState) -> None:
        """Waits for the verdicts of the one that leads."""
        while True:
            if (applied := await self._last_applied()) and applied.generation >= wanted.generation:
                break
            await asyncio.sleep(_LEARN_S)
        versions = {model.version for asset in wanted.assets for model in _models(asset)}
        self._verdicts = {version: applied.refused.get(version) for version in versions}

    async def _last_applied(self) -> AppliedState | None:
        try:
            raw = await self._js.get_last_msg(subjects.SERVE_APPLIED_STREAM, subjects.SERVE_APPLIED)
        except NotFoundError:
            return None
        return AppliedState.decode(raw.data or b"")

    async def _book(self, wanted: WantedState, serving: Mapping[UUID, WantedModel]) -> Book:
        contracts = {(contract.id, contract.version): contract for contract in wanted.contracts}
        home = {asset.asset: asset.contract for asset in wanted.assets}
        groups: dict[tuple[UUID, int], list[Entry]] = {}
        for asset, model in serving.items():
            pack, blueprint = await self._packs.get(model.digest)
            entry = Entry(str(model.version), str(asset), pack, model.index, blueprint)
            groups.setdefault((home[asset], model.contract_version), []).append(entry)
        return await asyncio.to_thread(_built, contracts, groups)

    def _hand_over(self, wanted: WantedState) -> None:
        fit = tuple(
            replace(asset, shadows=tuple(model for model in asset.shadows if self._reason(model.version) is None))
            for asset in wanted.assets
        )
        self.shadows.want(replace(wanted, assets=fit))

    async def _refuse_shadows(self, digest: str, reason: str) -> None:
        if self._last is None:
            return
        for asset in self._last.assets:
            self._stopped |= {model.version: reason for model in asset.shadows if model.digest == digest}
        self._hand_over(self._last)
        await self._publish(self._last)

    async def _publish(self, wanted: WantedState) -> None:
        refused = {
            model.version: reason
            for asset in wanted.assets
            for model in (asset.champion, *asset.shadows)
            if (reason := self._reason(model.version)) is not None
        }
        took = self._took(wanted)
        await self._js.publish(subjects.SERVE_APPLIED, AppliedState(wanted.generation, refused, took).encode())
        self._told = (asyncio.get_running_loop().time(), set(took))

    def _is_to_tell(self, wanted: WantedState) -> bool:
        took, (when, told) = set(self._took(wanted)), self._told
        return bool(took) and (took != told or asyncio.get_running_loop().time() > when + _TELL_S)

    def _took(self, wanted: WantedState) -> dict[UUID, float]:
        """Of shadows that have scored, and of the champions beside them."""
        champions = {shelf.name[:2]: shelf.took_s for shelf in self._loop.book.all()}
        found: dict[UUID, float] = {}
        for asset in wanted.assets:
            champion = self._serving.get(asset.asset)
            beside = champion and champions.get((asset.contract, champion.contract_version))
            mine = {model.version: self.shadows.took.get(model.digest) for model in asset.shadows}
            known = {version: took for version, took in mine.items() if took is not None}
            if known and champion and beside:
                found |= known | {champion.version: beside}
        return found


def _models(asset: WantedAsset) -> Iterable[WantedModel]:
    yield asset.champion
    yield from asset.shadows
    if asset.previous is not None:
        yield asset.previous


def _digests(wanted: WantedState, serving: Mapping[UUID, WantedModel]) -> set[str]:
    """Of every pack that may be asked for without another wanted state."""
    named = {model.digest for asset in wanted.assets for model in _models(asset)}
    return named | {model.digest for model in serving.values()}


def _built(
    contracts: Mapping[tuple[UUID, int], WantedContract], groups: Mapping[tuple[UUID, int], list[Entry]]
) -> Book:
    return Book(Shelf(contracts[key], entries) for key, entries in groups.items())
