"""Shows what was read without asking field by field.

Most of an answer is plain: attributes of contracts, and edges whose values a loader has by an id. For each object or
list whose selection is all plain, the executor makes one function of the selection and calls it for every value; what
loaders do not have yet is gathered over the whole list, loaded at once, and shown in a second pass. Everything else,
and every value that is not as its type promises, goes GraphQL's usual way, field by field, which also words the errors:
plain fields have no effects, so showing them twice is harmless.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

log = structlog.get_logger("andon.gateway")

LOADED, SHOWN = "andon.loaded", "andon.shown"
"""Metadata of a field: a `Loaded`, and a function of the type's name and the parent."""
_ROUNDS = 8
_MISSED: Any = object()
Show = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The value is what the loader has for an attribute of the parent; null where that is null."""

    loader: str
    by: str


class NotPlain(Exception):
    """The value wants the usual way."""


def _told(error: Exception, usual: Callable[[], Any]) -> Any:
    """The usual way, and a line in the log: should that way find nothing wrong, the defect is here."""
    log.warning("a plain selection goes the usual way", error=repr(error))
    return usual()


class Executor(StrawberryGraphQLCoreExecutionContext):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._shows: dict[tuple[str, int], tuple[Any, Show | None]] = {}
        self._missed: defaultdict[str, set[Any]] = defaultdict(set)
        manager = self.middleware_manager
        self._wrapped = manager is not None and bool(manager.middlewares)

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        def usual() -> Any:
            return super(Executor, self).complete_list_value(
                return_type, field_details_list, info, path, result, position_context
            )

        return self._shown(self._show_of(return_type, field_details_list), result, usual)

    def collect_and_execute_subfields(
        self, return_type: Any, field_details_list: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        def usual() -> Any:
            return super(Executor, self).collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )

        return self._shown(self._show_of(return_type, field_details_list), result, usual)

    def _shown(self, show: Show | None, value: Any, usual: Callable[[], Any]) -> Any:
        if show is None:
            return usual()
        try:
            shown, missed = self._try(show, value)
        except NotPlain:
            return usual()
        except Exception as error:  # noqa: BLE001  the usual way meets it too, and tells it as GraphQL wants it told
            return _told(error, usual)
        return self._load_and_show(show, value, missed, usual) if missed else shown

    async def _load_and_show(
        self, show: Show, value: Any, missed: dict[str, set[Any]], usual: Callable[[], Any]
    ) -> Coroutine[Any, Any, Any]:
        """A round for each level of edges behind edges."""
        try:
            for _ in range(_ROUNDS):
                loaders = self.context_value.loaders
                await asyncio.gather(*(getattr(loaders, name).load_many(keys) for name, keys in missed.items()))
                shown, missed = self._try(show, value)
                if not missed:
                    return shown
            found = usual()
        except NotPlain:
            found = usual()
        except Exception as error:  # noqa: BLE001  as above
            found = _told(error, usual)
        return await found if self.is_awaitable(found) else found

    def _try(self, show: Show, value: Any) -> tuple[Any, dict[str, set[Any]]]:
        self._missed = missed = defaultdict(set)
        return show(value), missed

    def _show_of(self, type_: Any, details: Any) -> Show | None:
        key = str(type_), id(details)
        if (known := self._shows.get(key)) is None:
            show = None if self._wrapped else self._completed(type_, details)
            known = self._shows[key] = details, show  # the list is kept, so that no other gets its id
        return known[1]

    def _completed(self, type_: Any, details: Any) -> Show | None:
        """How a value of that type is shown; None where the selection is not plain."""
        if is_non_null_type(type_):
            inner = self._completed(type_.of_type, details)
            return inner and _non_null(inner)
        if is_list_type(type_):
            inner = self._completed(type_.of_type, details)
            return inner and _nullable(_list(inner))
        if is_leaf_type(type_):
            return _nullable(_leaf(type_.coerce_output_value))
        if is_object_type(type_):
            inner = self._object(type_, details)
            return inner and _nullable(inner)
        return None

    def _object(self, type_: GraphQLObjectType, details: Any) -> Show | None:
        grouped, deferred, _ = self.collect_subfields(type_, details)
        fields = {name: self._field(type_, group) for name, group in grouped.items()}
        if deferred or None in fields.values():
            return None
        shows: Any = tuple(fields.items())
        is_type_of: Any = type_.is_type_of

        def show(value: Any) -> dict[str, Any]:
            if is_type_of is not None and not is_type_of(value, None):
                raise NotPlain
            return {name: field(value) for name, field in shows}

        return show

    def _field(self, type_: GraphQLObjectType, group: Any) -> Show | None:
        node, kind = group[0].node, type_.name
        if node.name.value == "__typename":
            return lambda _: kind
        field = type_.fields.get(node.name.value)
        if field is None or field.args or node.arguments:
            return None
        value, shown = self._value(field, kind), self._completed(field.type, group)
        if value is None or shown is None:
            return None
        return lambda parent: None if (found := value(parent)) is _MISSED else shown(found)

    def _value(self, field: GraphQLField, kind: str) -> Show | None:
        """How the field's value is found from its parent; None where a resolver must be asked."""
        ours = field.extensions.get("strawberry-definition")
        if not isinstance(ours, StrawberryField):
            return None
        if loaded := ours.metadata.get(LOADED):
            return self._load(loaded)
        if shown := ours.metadata.get(SHOWN):
            return lambda parent: shown(kind, parent)
        if ours.is_basic_field:
            name = ours.python_name
            return lambda parent: getattr(parent, name)
        return _of_parent(ours)

    def _load(self, loaded: Loaded) -> Show:
        name, by = loaded.loader, loaded.by

        def load(parent: Any) -> Any:
            key = getattr(parent, by)
            if key is None:
                return None
            found = getattr(self.context_value.loaders, name).cache_map.get(key)
            if found is None or not found.done():
                self._missed[name].add(key)
                return _MISSED
            return found.result()

        return load


def _of_parent(field: StrawberryField) -> Show | None:
    """A resolver that is given its parent and nothing else has all it needs at hand."""
    resolver = field.base_resolver
    if resolver is None or field.is_async or field.extensions or field.arguments or resolver.info_parameter:
        return None
    wanted = resolver.parent_parameter
    if wanted is None:
        return None
    name = wanted.name
    return lambda parent: resolver(**{name: parent})


def _non_null(inner: Show) -> Show:
    def show(value: Any) -> Any:
        if (shown := inner(value)) is None:
            raise NotPlain
        return shown

    return show


def _nullable(inner: Show) -> Show:
    return lambda value: None if value is None else inner(value)


def _list(inner: Show) -> Show:
    def show(values: Any) -> list[Any]:
        if not isinstance(values, list | tuple):
            raise NotPlain
        return [inner(value) for value in values]

    return show


def _leaf(coerce: Callable[[Any], Any]) -> Show:
    def show(value: Any) -> Any:
        if (shown := coerce(value)) is None or shown is Undefined:
            raise NotPlain
        return shown

    return show
