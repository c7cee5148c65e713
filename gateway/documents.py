"""What is asked: the text of a query, or the id of one that is known here. The portal sends ids only.

A known document is one that the portal was built with, so what it may ask is read, measured and reviewed before it is
released. Text of one's own takes the right `QUERY`, and with it introspection and the words of validation: somebody
who took over an operator's browser has the portal's questions and no others.

Ids are written as GraphQL over HTTP proposes for persisted documents: `sha256:` and the digest of the text in hex.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import orjson
from graphql import GraphQLError, OperationType, get_operation_ast

from gateway.errors import DocumentUnknown, QueryTooCostly, Refused
from gateway.prepare import Prepared, prepare
from services.kernel.rights import Permission, Principal

FILE = "documents.json"
"""In the folder of the built portal: texts by id."""


_KEEP = 256
_KEEP_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Operation:
    query: str
    variables: dict[str, Any] | None
    name: str | None


class Documents:
    """Texts by id, and what they were parsed to. What is known stays; of what others send, the latest."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: dict[str, str] = {}
        self._prepared: dict[str, Prepared] = {}
        self._latest = lru_cache(_KEEP)(prepare)
        for text in texts:
            self.add(text)

    @classmethod
    def of_portal(cls, folder: Path) -> Self:
        """Those that the portal in `folder` was built with; none where no portal is."""
        file = folder / FILE
        return cls(orjson.loads(file.read_bytes()).values() if file.exists() else ())

    def add(self, text: str) -> str:
        """Makes the text known; returns its id."""
        id = id_of(text)
        self._texts[id] = text
        return id

    def is_subscription(self, asked: Operation) -> bool:
        """Whether it is one; a text that cannot be read is none."""
        try:
            operation = get_operation_ast(self.prepared(asked.query).document, asked.name)
        except (GraphQLError, QueryTooCostly):
            return False
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION

    def prepared(self, text: str) -> Prepared:
        """Raises what `prepare` raises."""
        if (known := self._prepared.get(text)) is not None:
            return known
        if id_of(text) in self._texts:
            return self._prepared.setdefault(text, prepare(text))
        return self._latest(text) if len(text) <= _KEEP_CHARACTERS else prepare(text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.values())

    def operation(self, body: dict[str, Any], principal: Principal) -> Operation:
        """What a request's body asks for. Raises `Refused`, `DocumentUnknown`, `Forbidden`."""
        variables, name = body.get("variables"), body.get("operationName")
        if not isinstance(variables, dict | None):
            raise Refused("`variables` must be an object.", field="variables")
        if not isinstance(name, str | None):
            raise Refused("`operationName` must be a string.", field="operationName")
        if not isinstance(body.get("extensions"), dict | None):
            raise Refused("`extensions` must be an object.", field="extensions")
        return Operation(self._text(body, principal), variables, name)

    def _text(self, body: dict[str, Any], principal: Principal) -> str:
        query, known = body.get("query"), body.get("documentId")
        if known is not None:
            if query:  # libraries that want a text send an empty one
                raise Refused("The body has both `query` and `documentId`. Send one.", field="documentId")
            return self._known(known)
        if not isinstance(query, str) or not query.strip():
            raise Refused("The body has no `query`.", field="query")
        principal.require(Permission.QUERY)
        return query

    def _known(self, id: object) -> str:
        text = self._texts.get(id) if isinstance(id, str) else None
        if text is None:
            raise DocumentUnknown(
                "There is no document of this id here. Was this page open since before an update? Load it anew.",
                field="documentId",
            )
        return text


def id_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
