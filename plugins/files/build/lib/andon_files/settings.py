"""What is said of a drop folder."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Files(BaseModel):
    """Tags are the names of columns; with `asset_column`, `<asset>/<column>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Field(description="Where files are put. Done ones go to done/ in it, bad ones to bad/.")
    pattern: str = Field("*", description="Which names are looked at, such as *.csv.gz.")
    time_column: str | None = Field(
        None, description="The column with the time. `browse` guesses it; nothing is read before it is said."
    )
    time_zone: str | None = Field(None, description="Zone of times that say none, such as Asia/Seoul.")
    time_unit: Literal["s", "ms", "us", "ns"] | None = Field(
        None, description="What numbers count since 1970, as times."
    )
    time_format: str | None = Field(
        None, description="strptime's form of times that are not ISO 8601, such as %d.%m.%Y %H:%M:%S."
    )
    twice: Literal["refuse", "earliest", "latest"] = Field(
        "refuse", description="What a time means that the end of summer time makes twice."
    )
    asset_column: str | None = Field(None, description="The column that names the machine, where a file has several.")
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(None, description="Of CSV; seen in the header if not said.")
    decimal: Literal[".", ","] = Field(".", description="The decimal mark of CSV.")
    encoding: str = Field("utf-8", description="Of CSV.")
    still_s: float = Field(
        5.0, ge=0, le=3600, description="For how long a file has not changed before it counts as whole."
    )
    every_s: float = Field(2.0, gt=0, le=3600, description="Seconds between two looks into the folder.")
    max_mb: float = Field(2048, gt=0, description="A larger file is bad.")
    max_inflated_mb: float = Field(16384, gt=0, description="So is one that gzip makes larger than this.")

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str | None) -> str | None:
        try:
            return name and ZoneInfo(name).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"“{name}” is no time zone; say one such as Asia/Seoul or UTC") from error

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError(f"“{name}” is no encoding") from error
        return name

    @model_validator(mode="after")
    def _one_form(self) -> "Files":
        if self.time_unit and (self.time_format or self.time_zone):
            raise ValueError("time_unit counts from 1970 in UTC: neither time_format nor time_zone goes with it")
        if self.time_format and "%z" in self.time_format.lower():
            raise ValueError("times with a zone are ISO 8601; leave time_format out")
        return self
