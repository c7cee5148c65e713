"""What generated methods call."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel

from andon_sdk.client.answers import data_of, sent
from andon_sdk.client.typed.base_model import UnsetType


class Base:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def execute(
        self, query: str, operation_name: str | None = None, variables: dict[str, Any] | None = None, **_: Any
    ) -> httpx.Response:
        with sent("POST", "/graphql"):
            return self._http.post("/graphql", content=asked(query, operation_name, variables), headers=JSON)

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """Raises `Refused` with the first error's code, `NotSignedIn`, `ClientError`."""
        return data_of(response)


JSON = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}


def asked(query: str, name: str | None, variables: Mapping[str, Any] | None) -> bytes:
    """The body of an operation. What was not set is not sent, so that defaults stay the server's."""
    given = {key: value for key, value in (variables or {}).items() if not isinstance(value, UnsetType)}
    return json.dumps({"query": query, "operationName": name, "variables": given}, default=plain).encode()


def plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    raise TypeError(f"{type(value).__name__} cannot be sent.")
