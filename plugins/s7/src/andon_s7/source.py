"""The source: reads all groups each period, and says what the controller said of each."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import pyarrow as pa
from snap7.async_client import AsyncClient
from snap7.error import S7ConnectionError, S7Error, S7TimeoutError
from snap7.type import Area

from andon_s7.blocks import Block, Decoder, plan
from andon_s7.settings import S7Settings
from andon_sdk.connector import Quality, SettingsRefused, SourceUnavailable, Tag, readings
from andon_sdk.connector.readings import TIME

log = logging.getLogger(__name__)

ADDRESS_FAULTS = ("(0x05)", "(0x0a)")
"""What a controller answers to bytes outside an area, and to an area that is not there."""
AREAS = {"DB": Area.DB, "M": Area.MK, "I": Area.PE, "Q": Area.PA}


class S7Source:
    """One controller."""

    def __init__(self, settings: S7Settings) -> None:
        self._settings = settings
        self._addresses = [variable.place for variable in settings.tags]
        self._client: AsyncClient | None = None
        self._closed = asyncio.Event()
        self._told: dict[Block, str] = {}
        self._slow = False
        self._name = f"{settings.host}:{settings.port}"

    async def open(self) -> None:
        await self.close()
        client = AsyncClient()
        try:
            async with asyncio.timeout(self._settings.timeout):
                await client.connect(self._settings.host, self._settings.rack, self._settings.slot, self._settings.port)
        except (S7Error, OSError, TimeoutError) as error:
            await client.disconnect()
            raise SourceUnavailable(
                f"{self._name} (rack {self._settings.rack}, slot {self._settings.slot}) cannot be reached: "
                f"{str(error) or 'no answer'}."
            ) from error
        self._client = client
        self._closed = asyncio.Event()

    async def close(self) -> None:
        client, self._client = self._client, None
        self._closed.set()
        if client is not None:
            await client.disconnect()

    async def browse(self) -> list[Tag]:
        """The list of the settings: a controller does not tell names."""
        return [Tag(variable.tag, variable.title, variable.unit) for variable in self._settings.tags]

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """All tags each period; their time is that of the reading, since S7 has none, and `since` is of no use."""
        client = self._client
        blocks = self._plan(tags)
        decoder = Decoder(blocks, self._addresses, self._settings.tags)
        names = pa.array([variable.tag for variable in self._settings.tags], pa.string())
        due = time.monotonic()
        while client is not None and self._client is client:
            now = time.time_ns() // 1_000
            answers = await self._read(client, blocks)
            if answers is None:
                break
            values = decoder(answers)
            tag = pa.DictionaryArray.from_arrays(pa.array(decoder.places, pa.int32()), names)
            yield readings(tag, pa.array([now] * len(values), TIME), values, Quality.GOOD)
            if spoilt := {block for block in blocks if len(block.places) > 1 and self._is_spoilt(block)}:
                # One address outside its data block spoils a whole group: each is asked for by itself from now on.
                blocks = [part for block in blocks for part in (self._alone(block) if block in spoilt else [block])]
                decoder = Decoder(blocks, self._addresses, self._settings.tags)
            due = await self._wait(due)

    def _plan(self, tags: Sequence[str]) -> list[Block]:
        known = {variable.tag: place for place, variable in enumerate(self._settings.tags)}
        if missing := [tag for tag in tags if tag not in known]:
            log.warning("%s: left out, the settings have no %s", self._name, ", ".join(missing))
        places = [known[tag] for tag in dict.fromkeys(tags) if tag in known]
        if not places:
            raise SettingsRefused("None of the chosen tags is in the connector's settings.", field="tags")
        return plan(self._addresses, places, self._settings.gap, self._settings.longest)

    def _is_spoilt(self, block: Block) -> bool:
        return any(fault in self._told.get(block, "") for fault in ADDRESS_FAULTS)

    def _alone(self, block: Block) -> list[Block]:
        return [part for place in block.places for part in plan(self._addresses, [place], 0, self._settings.longest)]

    async def _wait(self, due: float) -> float:
        """Until the next beat. Beats that passed meanwhile are left out, so that the period never drifts."""
        period = self._settings.period
        late = time.monotonic() - due
        passed = int(late // period)
        if passed and not self._slow:
            log.warning("%s: reading took %.3g s, longer than the period of %g s", self._name, late, period)
        self._slow = passed > 0
        due += (passed + 1) * period
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._closed.wait()
        return due

    async def _read(self, client: AsyncClient, blocks: list[Block]) -> list[bytes | None] | None:
        """The bytes of each group, None for one the controller refused; nothing at all if the source was closed.

        Raises `SourceUnavailable` if the connection is lost or silent.
        """
        answers: list[bytes | None] = []
        for block in blocks:
            try:
                async with asyncio.timeout(self._settings.timeout):
                    answer = await client.read_area(AREAS[block.area], block.db, block.start, block.size)
                answers.append(bytes(answer))
                self._tell(block, "")
            except (S7ConnectionError, S7TimeoutError, OSError, TimeoutError) as error:
                if self._client is not client:
                    return None
                raise SourceUnavailable(f"{self._name} hung up: {str(error) or 'no answer'}.") from error
            except S7Error as error:
                answers.append(None)
                self._tell(block, str(error))
        return answers

    def _tell(self, block: Block, why: str) -> None:
        """In the log, when what a group says has changed."""
        if why != self._told.get(block, ""):
            self._told[block] = why
            log.warning("%s: %s: %s", self._name, block, why or "answers again")
