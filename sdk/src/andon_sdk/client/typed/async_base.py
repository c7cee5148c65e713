"""What generated methods call, awaited."""

from typing import Any

import httpx

from andon_sdk.client.answers import data_of, sent
from andon_sdk.client.typed.base import JSON, asked


class AsyncBase:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def execute(
        self, query: str, operation_name: str | None = None, variables: dict[str, Any] | None = None, **_: Any
    ) -> httpx.Response:
        with sent("POST", "/graphql"):
            return await self._http.post("/graphql", content=asked(query, operation_name, variables), headers=JSON)

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """Raises `Refused` with the first error's code, `NotSignedIn`, `ClientError`."""
        return data_of(response)
