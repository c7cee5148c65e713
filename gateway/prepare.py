"""From the text of a query to a document that is parsed, within limits and valid."""

from collections.abc import AsyncIterator
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, parse
from strawberry.extensions import SchemaExtension

from gateway import limits
from gateway.errors import QueryTooCostly

_KEEP = 256
_KEEP_CHARACTERS = 20_000


class Prepare(SchemaExtension):
    """Parses with a limit of tokens, keeps what was parsed, and measures before validation."""

    async def on_parse(self) -> AsyncIterator[None]:  # type: ignore[override]
        query = self.execution_context.query or ""
        document = _kept(query) if len(query) <= _KEEP_CHARACTERS else _parse(query)
        limits.check(document, self.execution_context.variables)
        self.execution_context.graphql_document = document
        yield


@lru_cache(_KEEP)
def _kept(query: str) -> DocumentNode:
    return _parse(query)


def _parse(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=limits.TOKENS)
    except RecursionError as error:
        raise QueryTooCostly(f"The query is too deep: at most {limits.DEPTH} levels.", limit="depth") from error
    except GraphQLSyntaxError as error:
        raise GraphQLError(f"{error.message[:200]}", source=None, positions=None) from error
