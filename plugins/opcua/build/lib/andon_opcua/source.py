"""The source: connects, lists, and streams history and live values of tags as one."""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
from asyncua import Client

from andon_opcua.addresses import Address, BadAddress, parse
from andon_opcua.browsing import Browser
from andon_opcua.session import connect, failures
from andon_opcua.settings import OpcUaSettings
from andon_opcua.stream import Stream
from andon_sdk.connector import SettingsRefused, SourceUnavailable, Tag

log = logging.getLogger(__name__)


class OpcUaSource:
    """One OPC UA server."""

    def __init__(self, settings: OpcUaSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._namespaces: list[str] = []

    async def open(self) -> None:
        await self.close()
        self._client = await connect(self._settings)
        async with failures(self._settings.url):
            self._namespaces = [uri or "" for uri in await self._client.get_namespace_array()]

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.disconnect()

    async def browse(self) -> list[Tag]:
        try:
            root = parse(self._settings.root, self._namespaces).node
        except BadAddress as error:
            raise SettingsRefused(str(error), field="root") from error
        async with failures(self._settings.url):
            return await Browser(self._opened(), self._namespaces, self._settings.most_tags).tags(root)

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        client = self._opened()
        stream = Stream(client, self._settings, *self._addresses(tags))
        try:
            async with failures(self._settings.url):
                async for batch in stream.batches(since):
                    yield batch
        except SourceUnavailable:
            if self._client is client:
                raise

    def _opened(self) -> Client:
        if self._client is None:
            raise SourceUnavailable(f"{self._settings.url} is not connected.")
        return self._client

    def _addresses(self, tags: Sequence[str]) -> tuple[list[str], list[Address]]:
        """Tags whose address can be read, with their addresses. Raises `SettingsRefused` if there is none."""
        good: list[str] = []
        addresses: list[Address] = []
        wrong: list[str] = []
        for tag in tags:
            try:
                addresses.append(parse(tag, self._namespaces))
                good.append(tag)
            except BadAddress as error:
                wrong.append(str(error))
                log.warning("left out: %s", error)
        if not good:
            raise SettingsRefused(wrong[0] if wrong else "No tags were chosen.", field="tags")
        return good, addresses
