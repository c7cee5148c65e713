"""What Andon asks of an edge: which tags of sources that are mapped in the portal feed which signals, and which tags
there are. It is kept beside the buffer, so that an edge starts while Andon is away."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from andon_sdk.client import AsyncClient, ClientError, done
from andon_sdk.client.typed import EdgeTagInput, ReportEdgeTagsInput
from andon_sdk.connector import ConnectorError, Tag
from andon_sdk.edge import disk
from andon_sdk.edge.config import AssetPart, EdgeConfig, SourcePart, apart

FILE = "mapping.json"
TAGS_AT_ONCE, CHARACTERS_AT_ONCE = 1_000, 100_000
"""Of a report, so that its body stays well under the 256 KiB that the gateway takes."""

log = logging.getLogger("andon_sdk.edge")


@dataclass(frozen=True, slots=True)
class Mapping:
    version: int
    sources: dict[str, list[dict[str, Any]]]
    """By name of the source, as `AssetPart` reads them."""


NONE = Mapping(0, {})


def in_portal(config: EdgeConfig) -> list[SourcePart]:
    return [part for part in config.source if part.mapping == "portal"]


def read(folder: Path) -> Mapping:
    """What Andon said last; nothing where it never did."""
    path = folder / FILE
    if not path.exists():
        return NONE
    said = json.loads(path.read_text("utf-8"))
    return Mapping(said["version"], said["sources"])


def keep(folder: Path, mapping: Mapping) -> None:
    content = json.dumps({"version": mapping.version, "sources": mapping.sources}).encode()
    disk.replace(folder / FILE, content, synced=True)


def filled(config: EdgeConfig, mapping: Mapping) -> EdgeConfig:
    """The settings with the assets of the portal in their sources. Raises `ValueError` for what a file could not
    say either, such as an asset that a source of the file feeds too."""
    parts = [
        part.model_copy(update={"asset": tuple(map(AssetPart.model_validate, mapping.sources.get(part.name, [])))})
        if part.mapping == "portal"
        else part
        for part in config.source
    ]
    return apart(config.model_copy(update={"source": tuple(parts)}))


class Follower:
    """Asks Andon again and again what it wants of this edge. `browse` lists the tags of a source by its name; `changed`
    is called when a new mapping is kept."""

    def __init__(
        self,
        config: EdgeConfig,
        client: AsyncClient,
        browse: Callable[[str], Any],
        changed: Callable[[], None],
    ) -> None:
        self._config, self._client, self._browse, self._changed = config, client, browse, changed
        self._version = read(config.buffer.folder).version

    async def run(self) -> None:
        """Until it is cancelled. What cannot be asked now is asked a moment later; rows do not wait for it."""
        told = ""
        while True:
            try:
                await self._look()
                told = ""
            except ClientError as error:
                if str(error) != told:
                    log.warning("Andon does not say how sources are mapped: %s", error)
                told = str(error)
            await asyncio.sleep(self._config.andon.mapping_every_s)

    async def _look(self) -> None:
        wanted = await self._client.api.edge_wanted(self._config.andon.edge)
        for source in wanted.browse:
            await self._tell_tags(source)
        if wanted.version == self._version:
            return
        self._version = wanted.version
        names = {part.name for part in in_portal(self._config)}
        sources = {
            each.source: [_asset(asset.model_dump()) for asset in each.assets]
            for each in wanted.sources
            if each.source in names
        }
        mapping = Mapping(wanted.version, sources)
        try:
            filled(self._config, mapping)
        except ValueError as error:
            log.error("The mapping of Andon cannot be used, and the one before stays: %s", error)
            return
        if sources != read(self._config.buffer.folder).sources:
            keep(self._config.buffer.folder, mapping)
            self._changed()

    async def _tell_tags(self, source: str) -> None:
        edge = self._config.andon.edge
        try:
            tags: list[Tag] = await self._browse(source)
        except (ConnectorError, OSError, KeyError) as error:
            why = f"the file has no source {source}" if isinstance(error, KeyError) else str(error)
            done(await self._client.api.report_edge_tags(ReportEdgeTagsInput(name=edge, source=source, why=why)))
            return
        start = 0
        for part in parts_of(tags):
            told = [
                EdgeTagInput(address=tag.address, title=tag.title, unit=tag.unit, path=list(tag.path)) for tag in part
            ]
            report = ReportEdgeTagsInput(name=edge, source=source, tags=told, start=start)
            done(await self._client.api.report_edge_tags(report))
            start += len(part)


def parts_of(tags: list[Tag]) -> list[list[Tag]]:
    """What goes into one report each; one empty part for no tags."""
    parts: list[list[Tag]] = [[]]
    characters = 0
    for tag in tags:
        size = sum(map(len, (tag.address, tag.title, tag.unit or "", *tag.path)))
        if parts[-1] and (len(parts[-1]) == TAGS_AT_ONCE or characters + size > CHARACTERS_AT_ONCE):
            parts.append([])
            characters = 0
        parts[-1].append(tag)
        characters += size
    return parts


def _asset(said: dict[str, Any]) -> dict[str, Any]:
    signals = {each.pop("signal"): each for each in said["signals"]}
    return {"asset": said["asset"], "contract": said["contract"], "signals": signals}
