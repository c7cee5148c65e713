"""Which requests a maintenance system wants, and what stands in them."""

from string import Template
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, TypeAdapter, field_validator, model_validator

NAMES = frozenset(
    {
        "id",
        "alarm",
        "asset",
        "title",
        "site",
        "line",
        "rule",
        "peak",
        "moment",
        "at",
        "by",
        "headline",
        "detail",
        "ticket",
    }
)
"""What may stand in addresses and bodies as `$name`; `ticket` not before there is one."""
_URL = TypeAdapter(HttpUrl)


class Request(BaseModel):
    """A request to the maintenance system. `$asset`, `$headline` and the like are replaced in texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Address, http or https; `$ticket` in it is the ticket's id.")
    method: Literal["POST", "PUT", "PATCH"] = Field("POST", description="HTTP method.")
    body: dict[str, Any] = Field(description="JSON that is sent; names with a `$` in its texts are replaced.")

    @model_validator(mode="after")
    def _known(self) -> "Request":
        _URL.validate_python(Template(self.url).safe_substitute(dict.fromkeys(NAMES, "x")))
        for text in (self.url, *texts(self.body)):
            template = Template(text)
            if not template.is_valid():
                raise ValueError(f"{text!r}: a `$` that begins no name is written `$$`")
            if unknown := set(template.get_identifiers()) - NAMES:
                raise ValueError(f"${sorted(unknown)[0]} is none of ${', $'.join(sorted(NAMES))}")
        return self

    @property
    def names(self) -> set[str]:
        return {name for text in (self.url, *texts(self.body)) for name in Template(text).get_identifiers()}


class Settings(BaseModel):
    """A maintenance system that speaks JSON over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    create: Request = Field(description="Opens a ticket when an alarm is raised.")
    ticket: str = Field(
        "/id",
        pattern=r"^(/[^/]*)+$",
        description="Where the ticket's id stands in the answer to `create`, as a JSON pointer (RFC 6901).",
    )
    comment: Request | None = Field(
        None, description="Says in the ticket what else became of the alarm; left out: nothing."
    )
    close: Request | None = Field(None, description="Closes the ticket when the alarm clears; left out: people do.")
    authorization: SecretStr | None = Field(
        None, description='The header `Authorization`, such as `Bearer …`: { file = "…" } or { env = "…" }.'
    )
    timeout_s: float = Field(20.0, gt=0, le=60, description="Longest wait for an answer, in seconds.")

    @field_validator("create")
    @classmethod
    def _no_ticket_yet(cls, create: Request) -> Request:
        if "ticket" in create.names:
            raise ValueError("`$ticket` is not known before the ticket is created")
        return create


def texts(value: Any) -> list[str]:
    """All texts within plain JSON; keys are not looked at."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in texts(each)]
        case list():
            return [text for each in value for text in texts(each)]
    return []


def filled(value: Any, facts: dict[str, str]) -> Any:
    """The same JSON with the names in its texts replaced."""
    match value:
        case str():
            return Template(value).substitute(facts)
        case dict():
            return {key: filled(each, facts) for key, each in value.items()}
        case list():
            return [filled(each, facts) for each in value]
    return value


def pointed(answer: Any, pointer: str) -> Any:
    """What a JSON pointer leads to. Raises `LookupError`."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(answer, list):
            answer = answer[int(key)] if key.isdecimal() else {}[key]
        elif isinstance(answer, dict):
            answer = answer[key]
        else:
            raise LookupError(key)
    return answer
