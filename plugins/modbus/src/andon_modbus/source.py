"""The source: reads all blocks each period, and says what each device said of it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import pyarrow as pa
from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ConnectionException

from andon_modbus.blocks import Block, Decoder, alone, plan
from andon_modbus.settings import BIT_KINDS, ModbusSettings
from andon_sdk.connector import Quality, SettingsRefused, SourceUnavailable, Tag, readings
from andon_sdk.connector.readings import TIME

log = logging.getLogger(__name__)


class ModbusSource:
    """One Modbus TCP connection, to a device or to a gateway with devices behind it."""

    def __init__(self, settings: ModbusSettings) -> None:
        self._settings = settings
        self._client: AsyncModbusTcpClient | None = None
        self._closed = asyncio.Event()
        self._told: dict[Block, str] = {}
        self._slow = False
        self._name = f"{settings.host}:{settings.port}"

    async def open(self) -> None:
        await self.close()
        # It neither repeats nor reconnects: both are the caller's to decide, who knows of the outage then.
        client = AsyncModbusTcpClient(
            self._settings.host, port=self._settings.port, timeout=self._settings.timeout, retries=0, reconnect_delay=0
        )
        try:
            connected = await client.connect()
        except OSError as error:
            raise SourceUnavailable(f"{self._name} cannot be reached: {error}.") from error
        if not connected:
            raise SourceUnavailable(f"{self._name} cannot be reached.")
        client.set_max_no_responses(1_000_000)  # one silent device behind a gateway is no reason to hang up
        self._client = client
        self._closed = asyncio.Event()

    async def close(self) -> None:
        client, self._client = self._client, None
        self._closed.set()
        if client is not None:
            client.close()

    async def browse(self) -> list[Tag]:
        """The map: Modbus has no list of its own."""
        return [Tag(register.tag, register.title, register.unit) for register in self._settings.tags]

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """All tags each period; their time is that of the reading, since Modbus has none, and `since` is of no use."""
        client = self._client
        blocks = self._plan(tags)
        decoder = Decoder(blocks, self._settings.tags)
        names = pa.array([register.tag for register in self._settings.tags], pa.string())
        due = time.monotonic()
        while self._client is client and client is not None:
            now = time.time_ns() // 1_000
            answers = await self._read(client, blocks)
            if answers is None:
                break
            values = decoder(answers)
            tag = pa.DictionaryArray.from_arrays(pa.array(decoder.places, pa.int32()), names)
            yield readings(tag, pa.array([now] * len(values), TIME), values, Quality.GOOD)
            if split := self._split(blocks, answers):
                blocks = split
                decoder = Decoder(blocks, self._settings.tags)
            due = await self._wait(due)

    def _plan(self, tags: Sequence[str]) -> list[Block]:
        settings = self._settings
        known = {register.tag: place for place, register in enumerate(settings.tags)}
        if missing := [tag for tag in tags if tag not in known]:
            log.warning("%s: left out, the map has no %s", self._name, ", ".join(missing))
        places = [known[tag] for tag in dict.fromkeys(tags) if tag in known]
        if not places:
            raise SettingsRefused("None of the chosen tags is in the map of registers.", field="tags")
        return plan(settings.tags, places, settings.device, settings.gap, settings.longest)

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

    async def _read(self, client: AsyncModbusTcpClient, blocks: list[Block]) -> list[list[int] | None] | None:
        """An answer a block, None for one that failed; nothing at all if the source was closed meanwhile.

        A device that does not answer is not asked for its other blocks. Raises `SourceUnavailable` if the connection
        is lost, or no device answers.
        """
        silent: set[int] = set()
        answers: list[list[int] | None] = []
        for block in blocks:
            answer, why = None, "no answer"
            if block.device not in silent:
                try:
                    answer, why = await self._ask(client, block)
                except (ConnectionException, OSError) as error:
                    if self._client is not client:
                        return None
                    raise SourceUnavailable(f"{self._name} hung up: {error}.") from error
                except ModbusException:
                    if self._client is not client:
                        return None
                    if not client.connected:
                        raise SourceUnavailable(f"{self._name} hung up.") from None
                    silent.add(block.device)
            self._tell(block, why)
            answers.append(answer)
        if silent == {block.device for block in blocks}:
            raise SourceUnavailable(f"{self._name} does not answer within {self._settings.timeout:g} s.")
        return answers

    async def _ask(self, client: AsyncModbusTcpClient, block: Block) -> tuple[list[int] | None, str]:
        """The block's registers or bits, or None and why not."""
        ask = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }[block.kind]
        response = await ask(block.address, count=block.count, device_id=block.device)
        if response.isError():
            code = getattr(response, "exception_code", 0)
            names = {item.value: item.name for item in ExcCodes}
            return None, f"exception {code} ({names.get(code, 'unknown')})"
        answer = list(response.bits if block.kind in BIT_KINDS else response.registers)
        if len(answer) < block.count:
            return None, f"{len(answer)} in place of {block.count} registers"
        return answer[: block.count], ""

    def _split(self, blocks: list[Block], answers: list[list[int] | None]) -> list[Block] | None:
        """Blocks of which some that failed are asked for one by one from now on: a hole in a device's table spoils
        a whole block."""
        refused = f"exception {ExcCodes.ILLEGAL_ADDRESS.value} "
        spoilt = {
            block
            for block, answer in zip(blocks, answers, strict=True)
            if answer is None and len(block.places) > 1 and self._told.get(block, "").startswith(refused)
        }
        if not spoilt:
            return None
        return [
            part for block in blocks for part in (alone(block, self._settings.tags) if block in spoilt else [block])
        ]

    def _tell(self, block: Block, why: str) -> None:
        """In the log, when what a block says has changed."""
        if why == self._told.get(block, ""):
            return
        self._told[block] = why
        last = block.address + block.count - 1
        log.warning(
            "%s: %s %d to %d of device %d: %s",
            self._name, block.kind, block.address, last, block.device, why or "answers again",
        )  # fmt: skip
