"""A drop folder as a source: whole files in order of their age, each moved aside when its readings are on disk."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from andon_files import guess
from andon_files.errors import BadFile, TimeUnsaid
from andon_files.settings import Files
from andon_files.wide import Columns
from andon_sdk.connector import SettingsRefused, SourceUnavailable, Tag

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


class FolderSource:
    def __init__(self, settings: Files) -> None:
        self._settings = settings
        self._closed = asyncio.Event()
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}
        """(size, time of change) of a file, and since when it is so."""

    async def open(self) -> None:
        self._closed.clear()
        folder = self._settings.folder
        if not await asyncio.to_thread(folder.is_dir):
            raise SourceUnavailable(f"The folder {folder} is not there, or its share is not mounted.")
        try:
            for name in ("done", "bad"):
                await asyncio.to_thread((folder / name).mkdir, exist_ok=True)
        except OSError as error:
            raise SettingsRefused(f"Folders cannot be made in {folder}: {error.strerror}.", field="folder") from error

    async def browse(self) -> list[Tag]:
        """The columns of the oldest file, each with what it is guessed to be."""
        for path in await asyncio.to_thread(self._files):
            try:
                return await asyncio.to_thread(guess.tags, path, self._settings)
            except BadFile:
                continue
        return []

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """Files have no `since`: one that lies in the folder is new, however old its rows."""
        while not self._closed.is_set():
            for path in await asyncio.to_thread(self._whole):
                async for batch in self._readings(path, tags):
                    yield batch
                if self._closed.is_set():
                    return
            try:
                async with asyncio.timeout(self._settings.every_s):
                    await self._closed.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        self._closed.set()

    async def _readings(self, path: Path, tags: Sequence[str]) -> AsyncIterator[pa.RecordBatch]:
        """Those of one file; it is judged as a whole before the first is given, and moved after the last."""
        settings = await asyncio.to_thread(self._confirmed, path)
        columns = Columns(settings, tags)
        try:
            await asyncio.to_thread(columns.judge, path)
            batches = columns.readings(path)
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        except TimeUnsaid as unsaid:
            raise SettingsRefused(f"{path.name}: {unsaid}", field=unsaid.field) from unsaid
        except BadFile as bad:
            await asyncio.to_thread(self._move, path, "bad", str(bad))
        except FileNotFoundError:
            return  # whoever put it there took it away
        else:
            await asyncio.to_thread(self._move, path, "done", "")

    def _confirmed(self, path: Path) -> Files:
        """The settings, if they say which column is the time. Raises `SettingsRefused` with a guess otherwise."""
        if self._settings.time_column is not None:
            return self._settings
        try:
            guessed = guess.time_column(path, self._settings)
        except BadFile:
            guessed = None
        hint = f"In {path.name} it looks like “{guessed}”: " if guessed else ""
        raise SettingsRefused(f"Which column is the time? {hint}say time_column.", field="time_column")

    def _files(self) -> list[Path]:
        """Regular files of the folder that may be whole, the oldest first."""
        found: list[tuple[int, str, Path]] = []
        try:
            for path in self._settings.folder.glob(self._settings.pattern):
                unfinished = path.name.startswith(".") or path.name.endswith(_UNFINISHED)
                if not unfinished and path.is_file() and not path.is_symlink():
                    found.append((path.stat().st_mtime_ns, path.name, path))
        except OSError as error:
            raise SourceUnavailable(f"The folder {self._settings.folder} cannot be read: {error}") from error
        return [path for *_, path in sorted(found)]

    def _whole(self) -> Iterator[Path]:
        """Files that have not changed for `still_s`."""
        now, seen, whole = time.monotonic(), {}, []
        for path in self._files():
            stat = path.stat()
            form = (stat.st_size, stat.st_mtime_ns)
            before, at = self._seen.get(path, (None, now))
            seen[path] = (form, at if before == form else now)
            if now - seen[path][1] >= self._settings.still_s:
                whole.append(path)
        self._seen = seen
        return iter(whole)

    def _move(self, path: Path, where: str, reason: str) -> None:
        self._seen.pop(path, None)
        target = self._settings.folder / where / path.name
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{path.stem}.{number}{path.suffix}")
        shutil.move(path, target)
        if reason:
            target.with_name(target.name + ".reason.txt").write_text(reason + "\n", "utf-8")
