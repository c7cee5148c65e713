"""Writes the archive."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from deltalake.exceptions import DeltaError
from minio.error import S3Error
from urllib3.exceptions import HTTPError

from infra.anchoring import anchors
from infra.bootstrap import open_platform, ways
from infra.deleting import find
from infra.export import objects, tables
from infra.export.archive import Archive
from infra.local.state import State
from infra.settings import Settings
from services.audit.contracts import Anchor
from services.enclaves.platform import Bucket
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId

FORMAT = 1
_README = Path(__file__).with_name("archive.md")
Report = Callable[[str], None]


class ExportStopped(Exception):
    """A store or the disk failed on the way."""


@dataclass(frozen=True, slots=True)
class Exported:
    files: int
    bytes: int
    """Of all files, before they are compressed."""
    rows: int
    """In tables; those of readings and scores are not among them."""


async def export(settings: Settings, state: State, slug: str, path: Path, report: Report) -> Exported:
    """Writes all that is the tenant's to `path`; the tenant goes on meanwhile, suspended or not.

    Raises `TenantNotFound`, `TenantBeingDeleted`, `EnclaveMissing`, `FileExistsError`, `ExportStopped`.
    """
    id, begun = await find(settings, state, slug)
    if begun:
        raise TenantBeingDeleted
    async with open_platform(settings, state) as platform:
        bucket = await platform.objects.bucket(id)
        anchor = anchors(settings, state).read(id)
        app_url = ways(settings, state).app_url
        try:
            return await asyncio.to_thread(_write, app_url, id, slug, path, bucket, anchor, report)
        except FileExistsError:
            raise
        except (psycopg.Error, S3Error, HTTPError, DeltaError, OSError) as error:
            raise ExportStopped(f"The export stopped, and nothing was kept of it: {error}. Say it again.") from error


def _write(
    app_url: str, tenant: TenantId, slug: str, path: Path, bucket: Bucket, anchor: Anchor | None, report: Report
) -> Exported:
    copied: list[objects.Copied] = []
    with tables.held(app_url, tenant), Archive(path) as archive:
        archive.add("README.md", _README.read_text())
        with tables.snapshot(app_url, tenant) as (connection, at):
            for steps in (tables.write_tables(archive, connection), tables.write_trail(archive, connection, anchor)):
                for news in steps:
                    report(news)
        for steps in (objects.write_tables(archive, bucket, copied), objects.write_whole(archive, bucket)):
            for news in steps:
                report(news)
        facts = {
            "format": FORMAT,
            "tenant": {"id": str(tenant), "slug": slug},
            "tables_as_of": at.isoformat(),
            "left_out": {"tables": tables.LEFT_OUT, "columns": tables.SECRETS},
            "delta_tables": [asdict(each) for each in copied],
        }
        archive.manifest(facts)
        entries = archive.entries
    return Exported(len(entries), sum(each.bytes for each in entries), sum(each.rows or 0 for each in entries))
