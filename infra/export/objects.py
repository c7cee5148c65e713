"""What of a tenant is in its bucket: readings and scores as their Parquet files, model packs, snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from infra.export.archive import Archive
from services.enclaves.platform import Bucket

_PIECE = 1024 * 1024
_NEWS_EVERY = 64
WHOLE = {"artefacts/": "models/", "pipelines/": "pipelines/", "snapshots/": "snapshots/"}
"""Prefixes in the bucket that are copied as they are, and what they are called in the archive."""
TABLES = {"history/": "readings/", "scores/": "scores/"}
"""Prefixes under which Delta tables lie."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A Delta table whose files were copied."""

    path: str
    delta_version: int
    rows: int


def write_tables(archive: Archive, bucket: Bucket, tables: list[Copied]) -> Iterator[str]:
    """The files that make up each table now; later commits are not in it. What was copied is added to `tables`."""
    for prefix, name in TABLES.items():
        for folder in _folders(bucket, prefix):
            key = folder.removeprefix(prefix).strip("/")
            try:
                table = DeltaTable(f"s3://{bucket.name}/{prefix}{key}", storage_options=bucket.delta_options)
            except TableNotFoundError:
                continue  # its first commit is being written
            root = f"s3://{bucket.name}/"
            files = [unquote(uri.removeprefix(root)) for uri in table.file_uris()]
            for number, file in enumerate(sorted(files), 1):
                _copy(archive, bucket, file, name + file.removeprefix(prefix))
                if number % _NEWS_EVERY == 0 or number == len(files):
                    yield f"{name}{key}: {number} of {len(files)} files"
            tables.append(Copied(name + key, table.version(), _rows(table)))


def write_whole(archive: Archive, bucket: Bucket) -> Iterator[str]:
    for prefix, name in WHOLE.items():
        number = 0
        for number, found in enumerate(bucket.client.list_objects(bucket.name, prefix, recursive=True), 1):
            key = str(found.object_name)
            _copy(archive, bucket, key, name + key.removeprefix(prefix))
            if number % _NEWS_EVERY == 0:
                yield f"{name}: {number} files"
        yield f"{name}: {number} files"


def _folders(bucket: Bucket, prefix: str) -> list[str]:
    return [str(each.object_name) for each in bucket.client.list_objects(bucket.name, prefix) if each.is_dir]


def _rows(table: DeltaTable) -> int:
    counts: Any = table.get_add_actions(flatten=True).column("num_records").to_pylist()
    return sum(counts)


def _copy(archive: Archive, bucket: Bucket, key: str, path: str) -> None:
    response = bucket.client.get_object(bucket.name, key)
    try:
        with archive.file(path) as writer:
            for piece in response.stream(_PIECE):
                writer.write(piece)
    finally:
        response.close()
        response.release_conn()
