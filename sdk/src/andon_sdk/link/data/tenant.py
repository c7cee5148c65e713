"""The tenant's plant through the public API, as polars frames. Needs the extra `client`."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any, TypeVar, cast
from uuid import uuid4

import polars as pl

from andon_sdk.client import Bar, Client, ClientError, NotSignedIn, Refused, Unreachable, done
from andon_sdk.client.answers import sent
from andon_sdk.client.typed.enums import ExportOf
from andon_sdk.client.typed.fragments import AssetFacts, ContractFacts, ExportFacts
from andon_sdk.client.typed.input_types import StartExportInput
from andon_sdk.client.waiting import Patience, Progress
from andon_sdk.link.data.errors import BadRange, DataError, NoRows, NotAllowed, NotConnected, TooMuch, UnknownAsset
from andon_sdk.link.data.frames import TIME, from_parquet, moment
from andon_sdk.link.data.snapshots import Snapshot, freeze
from andon_sdk.plugin.contract import Contract, Importance, Signal

URL, KEY = "ANDON_URL", "ANDON_KEY"
PAGE = 100
MOST_VALUES = 200_000_000
"""Rows times signals that `rows` brings at once: 1.6 GB of memory."""
_PATIENCE_S = 60.0
T = TypeVar("T")


class Plant:
    """What one tenant has. `with Plant() as plant:` asks the Andon of `ANDON_URL` with the key of `ANDON_KEY`."""

    def __init__(self, client: Client | None = None, *, show_progress: bool = False) -> None:
        """`client`: another way to the tenant, which stays the caller's to close. Raises `NotConnected`."""
        self._own = None if client is not None else _from_environment()
        self._client = cast(Client, client or self._own)
        self._show = show_progress

    def __enter__(self) -> "Plant":
        return self

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.close()

    def contracts(self) -> pl.DataFrame:
        """A row for each signal: `contract`, `title`, `version`, `period_s`, `signal`, `unit`, `low`, `high`,
        `importance`, `exogenous`, in the contract's order."""
        with _told():
            found = self._patiently(self._client.api.contracts)
        return pl.DataFrame(
            [
                (each.key, each.title, each.version, each.period_s, signal.key, signal.unit, signal.low, signal.high,
                 signal.importance.value.lower(), signal.exogenous)
                for each in found for signal in each.signals
            ],
            schema={"contract": pl.String, "title": pl.String, "version": pl.Int64, "period_s": pl.Float64,
                    "signal": pl.String, "unit": pl.String, "low": pl.Float64, "high": pl.Float64,
                    "importance": pl.String, "exogenous": pl.Boolean},
            orient="row",
        )  # fmt: skip

    def contract(self, key: str) -> Contract:
        """As a blueprint declares one. Raises `UnknownAsset` where the tenant has none of this key."""
        return _declared(self._contract(key))

    def assets(
        self, *, contract: str | None = None, labels: str | None = None, search: str | None = None
    ) -> pl.DataFrame:
        """`asset`, `title`, `site`, `line`, `contract`, `health`, `last_row_at`: all that match, however many pages."""
        found: list[AssetFacts] = []
        after, more = None, True
        while more:
            page = self._page(contract, labels, search, after)
            found += [edge.node for edge in page.edges]
            after, more = page.page_info.end_cursor, page.page_info.has_next_page
        return pl.DataFrame(
            [
                (each.key, each.title, each.site, each.line, each.contract.key, each.health.health.value.lower(),
                 each.health.last_row_at)
                for each in found
            ],
            schema={"asset": pl.String, "title": pl.String, "site": pl.String, "line": pl.String,
                    "contract": pl.String, "health": pl.String, "last_row_at": TIME},
            orient="row",
        )  # fmt: skip

    def events(self, asset: str) -> pl.DataFrame:
        """What is known of an asset: `kind`, `time`, `end`, `part`, `note`, `begins_regime`, `source`; in order of
        time, without what was retracted. Raises `UnknownAsset`."""
        with _told():
            found = self._patiently(lambda: self._client.api.asset(asset))
        if found is None:
            raise _unknown([asset])
        return pl.DataFrame(
            [
                (each.kind.value.lower(), each.time, each.end, each.part, each.note, each.begins_regime,
                 each.source.value.lower())
                for each in found.events if each.retracted_at is None
            ],
            schema={"kind": pl.String, "time": TIME, "end": TIME, "part": pl.String, "note": pl.String,
                    "begins_regime": pl.Boolean, "source": pl.String},
            orient="row",
        ).sort("time")  # fmt: skip

    def trend(
        self, asset: str, signals: Iterable[str], start: datetime | str, end: datetime | str, *, points: int = 1400
    ) -> pl.DataFrame:
        """Readings (`score` among them) thinned to what a picture of `points` columns shows; not for training."""
        [found] = self._assets_of([asset])
        begin, over = _range(start, end)
        with _told():
            table = self._patiently(lambda: self._client.trend(found.id, list(signals), begin, over, points))
        return cast(pl.DataFrame, pl.from_arrow(table))

    def rows(
        self,
        assets: str | Sequence[str],
        start: datetime | str,
        end: datetime | str,
        *,
        progress: Progress | None = None,
    ) -> pl.DataFrame:
        """All rows with start ≤ time < end: of one asset `time` and its signals, of several `asset` before them.

        Andon writes them into a file first, which this waits for. Raises `NoRows`, `UnknownAsset`, `BadRange`,
        `TooMuch`, `NotAllowed`.
        """
        return self._rows([assets] if isinstance(assets, str) else list(assets), start, end, progress)[0].drop(
            ["asset"] if isinstance(assets, str) else []
        )

    def snapshot(
        self, name: str, assets: str | Sequence[str], start: datetime | str, end: datetime | str,
        *, progress: Progress | None = None,
    ) -> Snapshot:  # fmt: skip
        """The same rows, always with `asset`, frozen beside the notebook: steps read them by `pinned(name)`."""
        begin, over = _range(start, end)
        rows, contract = self._rows([assets] if isinstance(assets, str) else list(assets), begin, over, progress)
        facts = {"contract": f"{contract.key} {contract.version}", "start": begin.isoformat(), "end": over.isoformat()}
        return freeze(name, rows, **facts)

    def _rows(
        self, keys: list[str], start: datetime | str, end: datetime | str, progress: Progress | None
    ) -> tuple[pl.DataFrame, ContractFacts]:
        begin, over = _range(start, end)
        assets = self._assets_of(keys)
        contract = self._contract(assets[0].contract.key)
        asked = StartExportInput(
            idempotencyKey=uuid4().hex,  # tried again it is the same export
            of=ExportOf.READINGS,
            contract=contract.key,
            start=begin,
            end=over,
            assetIds=[each.id for each in assets],
        )
        with _told(), tempfile.TemporaryDirectory(prefix="andon-rows-") as folder:
            job = self._file(asked, len(contract.signals), progress)
            path = Path(folder, "rows.parquet")
            self._patiently(lambda: self._download(job, path))
            return from_parquet(path), contract

    def _download(self, job: ExportFacts, path: Path) -> None:
        url = job.file_url or ""
        with sent("GET", url):
            self._client.download(url, path, sha256=job.sha_256)

    def _file(self, asked: StartExportInput, signals: int, progress: Progress | None) -> ExportFacts:
        """The export when its file is there and worth downloading."""
        begun = self._patiently(lambda: done(self._client.api.start_export(asked)))
        assert isinstance(begun, ExportFacts)
        if progress is None and self._show:
            with Bar(quiet=not sys.stderr.isatty()) as bar:
                job = self._client.wait_job(begun.id, progress=bar, every_s=0.5)
        else:
            job = self._client.wait_job(begun.id, progress=progress, every_s=0.5)
        assert isinstance(job, ExportFacts)
        if job.rows == 0:
            raise NoRows(
                f"Nothing was recorded from {asked.start.isoformat()} to {asked.end.isoformat()}. When an asset last "
                "had a row, `last_row_at` of assets() says."
            )
        if job.rows * signals > MOST_VALUES:
            raise TooMuch(
                f"The range holds {job.rows:,} rows of {signals} signals, more than {MOST_VALUES:,} values. Ask for a "
                "part of the time or of the assets, or look at it by trend()."
            )
        return job

    def _page(self, contract: str | None, labels: str | None, search: str | None, after: str | None) -> Any:
        with _told():
            return self._patiently(
                lambda: self._client.api.assets(
                    first=PAGE, after=after, contract=contract, labels=labels, search=search, health=None
                )
            )

    def _assets_of(self, keys: list[str]) -> list[AssetFacts]:
        """In the order asked for. Raises `UnknownAsset`."""
        if not keys:
            raise UnknownAsset("No asset was named. assets() lists those there are.")
        with _told():
            answers = [
                self._patiently(lambda part=part: self._client.api.assets_by_keys(part)) for part in _parts(keys, PAGE)
            ]
        found = {each.key: each for answer in answers for each in answer}
        if missing := [key for key in keys if key not in found]:
            raise _unknown(missing)
        kinds = sorted({found[key].contract.key for key in keys})
        if len(kinds) > 1:
            raise UnknownAsset(f"These assets keep to several contracts ({', '.join(kinds)}): ask for each by itself.")
        return [found[key] for key in keys]

    def _contract(self, key: str) -> ContractFacts:
        with _told():
            found = self._patiently(lambda: self._client.api.contract(key))
        if found is None:
            raise UnknownAsset(f"There is no contract {key!r}. contracts() lists those there are.")
        return found

    def _patiently(self, attempt: Callable[[], T]) -> T:
        patience = Patience(_PATIENCE_S)
        while True:
            try:
                return attempt()
            except (Refused, Unreachable) as error:
                sleep(patience.pause(error))


def _from_environment() -> Client:
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if not url or not key:
        raise NotConnected(
            f"No Andon is known here: set {URL} and {KEY} before the kernel starts, or give a client: "
            'data.use(Client("https://…", key="andon_…")). Files need none: data.from_parquet, data.pinned.'
        )
    return Client(url, key)


def _declared(facts: ContractFacts) -> Contract:
    signals: list[Signal] = []
    for each in facts.signals:
        importance = Importance(each.importance.value.lower())
        signals.append(Signal(each.key, each.title, each.unit, each.low, each.high, importance, each.exogenous))
    return Contract(facts.key, facts.title, tuple(signals), facts.period_s)


def _range(start: datetime | str, end: datetime | str) -> tuple[datetime, datetime]:
    begin, over = moment(start, "start"), moment(end, "end")
    if begin >= over:
        raise BadRange(f"The range is empty: it starts at {begin.isoformat()} and ends at {over.isoformat()}.")
    return begin, over


def _parts(keys: list[str], size: int) -> Iterator[list[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _unknown(keys: list[str]) -> UnknownAsset:
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    named = ", ".join(repr(key) for key in keys[:3])
    return UnknownAsset(f"There is no asset {named}{more} in this tenant. assets() lists those there are.")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the client as errors of data."""
    try:
        yield
    except NotSignedIn as error:
        raise NotAllowed(
            f"Andon does not take this key ({error}). Make another under API keys and set {KEY}."
        ) from error
    except Refused as error:
        if error.code == "FORBIDDEN":
            raise NotAllowed(f"{error} Ask an admin for a key with this right.") from error
        if error.code == "EXPORT_RANGE_INVALID":
            raise BadRange(str(error)) from error
        raise DataError(str(error)) from error
    except ClientError as error:
        raise DataError(str(error)) from error
