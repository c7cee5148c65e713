"""What is said of a database."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from andon_sql.statement import NotOneSelect, one_select


class Sql(BaseModel):
    """Tags are the names of columns; with `asset_column`, `<asset>/<column>`; with `tag_column`, its values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: SecretStr = Field(description="postgresql://user:password@host:port/database, from a file or variable.")
    query: str = Field(description="One SELECT. It is asked with a condition on the time around it.")
    time_column: str = Field(description="The column of the query with the source time; it should be indexed.")
    time_zone: str | None = Field(None, description="Zone of a time column without one, such as Asia/Seoul.")
    asset_column: str | None = Field(None, description="The column that names the machine, where there are several.")
    tag_column: str | None = Field(None, description="For tables of one value a row: the column that names the tag.")
    value_column: str | None = Field(None, description="And the one that has the value.")
    begin: AwareDatetime | None = Field(None, description="Rows before it are left where they are; all if not said.")
    every_s: float = Field(5.0, gt=0, le=86_400, description="Seconds between two questions.")
    overlap_s: float = Field(60.0, ge=0, le=86_400, description="How late a row may be written after its time.")
    timeout_s: float = Field(30.0, gt=0, le=3600, description="A statement that takes longer is given up.")
    page_rows: int = Field(20_000, ge=1, le=200_000, description="Rows of one answer; those of its last time beside.")

    @field_validator("uri")
    @classmethod
    def _is_postgres(cls, uri: SecretStr) -> SecretStr:
        return checked_uri(uri)

    @field_validator("query")
    @classmethod
    def _is_select(cls, query: str) -> str:
        try:
            return one_select(query)
        except NotOneSelect as error:
            raise ValueError(str(error)) from error

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str | None) -> str | None:
        try:
            return name and ZoneInfo(name).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"“{name}” is no time zone; say one such as Asia/Seoul or UTC") from error

    @model_validator(mode="after")
    def _one_form(self) -> "Sql":
        if (self.tag_column is None) != (self.value_column is None):
            raise ValueError("tag_column and value_column go together")
        if self.tag_column and self.asset_column:
            raise ValueError("with tag_column a tag's name has to tell the machine: leave asset_column out")
        return self


def checked_uri(uri: SecretStr) -> SecretStr:
    """Raises `ValueError` for what is no address of PostgreSQL."""
    if not uri.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("it does not begin with postgresql://")
    return uri


EARLIEST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
