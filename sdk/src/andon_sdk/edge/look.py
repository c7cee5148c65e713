"""Opening a source, to read it or only to look at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from andon_sdk.connector import Connector, SettingsRefused, Source, Tag, installed, read_settings
from andon_sdk.edge.config import SourcePart
from andon_sdk.edge.errors import ConfigRefused


def opener(part: SourcePart, file: str) -> tuple[Connector, Any]:
    """The connector of a source and its checked settings. Raises `ConfigRefused`."""
    connectors = installed()
    place = f"source {part.name}"
    if part.connector not in connectors:
        known = ", ".join(sorted(connectors)) or "none"
        problem = f"no installed plugin offers the connector “{part.connector}”. Installed: {known}."
        raise ConfigRefused(problem, file=file, field=place)
    connector = connectors[part.connector]
    try:
        return connector, read_settings(connector.settings, part.settings)
    except SettingsRefused as error:
        raise ConfigRefused(str(error), file=file, field=f"{place}, settings") from error


@asynccontextmanager
async def opened(part: SourcePart, file: str) -> AsyncIterator[tuple[Source, Connector]]:
    connector, settings = opener(part, file)
    source = connector.open(connector.look(settings) if connector.look else settings)
    try:
        await source.open()
        yield source, connector
    finally:
        await source.close()


async def browse(part: SourcePart, file: str) -> list[Tag]:
    async with opened(part, file) as (source, _):
        return await source.browse()
