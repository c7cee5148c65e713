"""The file that sets an edge up: TOML, read into checked values; every refusal names file, line and field."""

import re
import socket
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from andon_sdk.connector import SettingsRefused
from andon_sdk.connector.settings import secret
from andon_sdk.destination import Moment
from andon_sdk.edge.errors import ConfigRefused

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\"'-]+)\s*[.=]")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _key(value: Any) -> Any:
    try:
        return secret("key", value)
    except SettingsRefused as error:
        raise ValueError(str(error).removeprefix("key: ")) from error


class AndonPart(_Part):
    """Where to send."""

    url: str = Field(pattern=r"^https?://")
    key: Annotated[SecretStr, BeforeValidator(_key)]
    """`{ file = "…" }` or `{ env = "…" }`; never the key itself."""
    error_policy: Literal["REJECT_FAILED_ROWS", "IGNORE_FAILED"] = "REJECT_FAILED_ROWS"
    edge: str = Field(default_factory=socket.gethostname, pattern=_NAME)
    """The name by which Andon shows this edge; this computer's, if left out. The same after every restart."""
    alarms_every_s: float = Field(5.0, ge=1, le=3600)
    """How often Andon is asked for news of alarms, if there are destinations."""
    mapping_every_s: float = Field(15.0, ge=1, le=3600)
    """How often Andon is asked how tags are mapped, if a source is mapped in its portal."""


class BufferPart(_Part):
    """What waits on disk while Andon is away. Each source and contract may fill it this far."""

    folder: Path
    max_gb: float = Field(20.0, gt=0.01)
    hours: float = Field(168.0, ge=72)


class SignalPart(_Part):
    """Where a signal comes from, and what is done to its readings: value · scale + offset."""

    tag: str = Field(min_length=1)
    unit: str | None = None
    """Where it is not the contract's; Andon's door converts."""
    scale: float = 1.0
    offset: float = 0.0
    dead_band: float = Field(0.0, ge=0)
    """A reading this near to the last one kept is left out, in the unit that the scale leads to."""
    silence_s: float = Field(60.0, gt=0)
    """For no longer than this, dead-band or not."""
    hold_s: float = Field(0.0, ge=0)
    """For how long a value stands in rows without a new reading."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"tag": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _scaled(self) -> "SignalPart":
        if self.scale == 0:
            raise ValueError("a scale of 0 makes every value the same")
        return self


class AssetPart(_Part):
    asset: str = Field(min_length=1)
    contract: str = Field(min_length=1)
    signals: dict[str, SignalPart] = Field(min_length=1)


class SourcePart(_Part):
    """One connection of one connector."""

    name: str = Field(pattern=_NAME)
    connector: str
    settings: dict[str, Any] = Field(default_factory=dict)
    rows: Literal["period", "time"] | None = None
    """How readings become rows: those of one period of the contract, or those of one and the same time."""
    wait_s: float = Field(1.0, ge=0, le=3600)
    """For how long after its period a row waits for readings that are on their way."""
    mapping: Literal["file", "portal"] = "file"
    """Where it is said which tags feed which signals: here, or on the page Edges of Andon."""
    asset: tuple[AssetPart, ...] = ()

    @model_validator(mode="after")
    def _mapped_once(self) -> "SourcePart":
        if self.mapping == "portal" and self.asset:
            raise ValueError('mapping = "portal" leaves [[source.asset]] out: it is said on the page Edges of Andon')
        return self


class DestinationPart(_Part):
    """One destination for the news of alarms. Names of assets, lines and rules may hold `*` and `?`."""

    name: str = Field(pattern=_NAME)
    destination: str
    settings: dict[str, Any] = Field(default_factory=dict)
    moments: tuple[Moment, ...] | None = None
    """All that the destination can use, if left out."""
    assets: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    patience_min: float = Field(0.0, ge=0, le=1440)
    """An alarm that is acknowledged, shelved or cleared within so many minutes is never told of."""


class EdgeConfig(_Part):
    andon: AndonPart
    buffer: BufferPart
    source: tuple[SourcePart, ...] = ()
    destination: tuple[DestinationPart, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "EdgeConfig":
        return apart(self)


def apart(config: EdgeConfig) -> EdgeConfig:
    """The same. Raises `ValueError` for two parts of a name, and for an asset that stands twice."""
    if not config.source and not config.destination:
        raise ValueError("there is no [[source]] and no [[destination]]: nothing to do")
    for kind, parts in (("sources", config.source), ("destinations", config.destination)):
        names = [part.name for part in parts]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two {kind} are called {', '.join(sorted(doubled))}")
    taken: dict[tuple[str, str], str] = {}
    for source in config.source:
        for part in source.asset:
            other = taken.setdefault((part.contract, part.asset), source.name)
            if (
                other != source.name
                or sum((a.contract, a.asset) == (part.contract, part.asset) for a in source.asset) > 1
            ):
                raise ValueError(f"asset {part.asset} of {part.contract} stands twice; one source makes its rows")
    return config


def load(file: Path) -> EdgeConfig:
    """The checked settings. Raises `ConfigRefused`."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"cannot be read: {error}", file=str(file)) from error
    try:
        return EdgeConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise ConfigRefused(f"is no TOML: {error}", file=str(file), line=int(found[1]) if found else None) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = [part for part in first["loc"] if part != "function-before"]
        said = ".".join(str(part) for part in path)
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigRefused(message, file=str(file), field=said, line=line_of(text, path)) from None


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line on which the deepest part of `path` that is written out begins."""
    wanted = [str(part) for part in path]
    at: list[str] = []
    counts: dict[str, int] = {}
    best, depth = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            at = _numbered(header[2], header[1] == "[[", counts)
            here = at
        elif key := _KEY.match(line):
            here = [*at, key[1].strip("\"'")]
        else:
            continue
        agree = 0
        while agree < min(len(here), len(wanted)) and here[agree] == wanted[agree]:
            agree += 1
        if agree == len(here) and agree > depth:
            best, depth = number, agree
    return best


def _numbered(header: str, is_array: bool, counts: dict[str, int]) -> list[str]:
    """`source.asset` → `source.0.asset.2`, where arrays of tables are counted as they come."""
    path: list[str] = []
    names = [name.strip().strip("\"'") for name in header.split(".")]
    for place, name in enumerate(names):
        path.append(name)
        here = ".".join(path)
        if place == len(names) - 1 and is_array:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            path.append(str(counts[here]))
    return path
