"""From the text of a query to a document that is parsed, within limits, paid for and valid."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, parse
from strawberry.extensions import SchemaExtension

from gateway import limits
from gateway.errors import QueryTooCostly


@dataclass(eq=False, slots=True)
class Prepared:
    document: DocumentNode
    valid: bool = False
    """Found to be so once; a schema does not change while a process lives."""


def prepare(query: str) -> Prepared:
    """Raises `GraphQLError`, and `QueryTooCostly` for a text that is too deep to be parsed."""
    try:
        return Prepared(parse(query, max_tokens=limits.TOKENS))
    except RecursionError as error:
        raise QueryTooCostly(f"The query is too deep: at most {limits.DEPTH} levels.", limit="depth") from error
    except GraphQLSyntaxError as error:
        raise GraphQLError(f"{error.message[:200]}", source=None, positions=None) from error


class Prepare(SchemaExtension):
    """Measures and takes the cost before validation, and neither parses nor validates again what it has seen."""

    _prepared: Prepared

    async def on_parse(self) -> AsyncIterator[None]:  # type: ignore[override]
        execution = self.execution_context
        self._prepared = execution.context.documents.prepared(execution.query or "")
        measured = limits.check(self._prepared.document, execution.variables)
        execution.context.pay(measured.cost)
        execution.graphql_document = self._prepared.document
        yield

    async def on_validate(self) -> AsyncIterator[None]:  # type: ignore[override]
        if self._prepared.valid:
            self.execution_context.pre_execution_errors = []
        yield
        self._prepared.valid = self.execution_context.pre_execution_errors == []
