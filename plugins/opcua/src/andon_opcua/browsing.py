"""Which tags a server has: a walk through its address space that ends, whatever the server answers.

Level by level from a root, each node once, so that loops end; with limits on nodes, levels and tags. Numbers and
arrays of numbers are tags. Units come from the property EngineeringUnits (OPC 10000-8, 5.6.3).
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asyncua import Client, ua

from andon_opcua.addresses import write
from andon_opcua.decoding import NUMBERS
from andon_sdk.connector import Tag

log = logging.getLogger(__name__)

DEEPEST = 30
MOST_NODES = 1_000_000
MOST_ELEMENTS = 100
"""Elements of an array that are listed as tags; all can be addressed."""
NODES_A_CALL = 200
REFERENCES_A_NODE = 1_000
NUMBER_TYPES = set(NUMBERS) | {ua.ObjectIds.Number, ua.ObjectIds.Integer, ua.ObjectIds.UInteger}
TOO_MANY = {ua.StatusCodes.BadTooManyOperations, ua.StatusCodes.BadResponseTooLarge}
SERVER = ua.NodeId(ua.ObjectIds.Server)
PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)


@dataclass(slots=True)
class Found:
    node: ua.NodeId
    title: str
    path: tuple[str, ...]
    variable: bool
    unit: ua.NodeId | None = None


class Browser:
    def __init__(self, client: Client, namespaces: Sequence[str], most_tags: int) -> None:
        self._session = client.uaclient.session
        self._namespaces, self._most = namespaces, most_tags
        self._seen: set[ua.NodeId] = set()
        self._nodes_a_call = NODES_A_CALL

    async def tags(self, root: ua.NodeId) -> list[Tag]:
        """All tags below `root`, in the server's order. Says in the log where a limit ended the walk."""
        self._seen = {root, SERVER}
        tags: list[Tag] = []
        level = [Found(root, "", (), False)]
        for _ in range(DEEPEST):
            below: list[Found] = []
            for some in _parts(level):
                below += await self._below(some)
                tags += await self._of([found for found in some if found.variable])
                if len(tags) >= self._most or len(self._seen) > MOST_NODES:
                    log.warning(
                        "listing tags stopped at %d tags and %d nodes; begin deeper (root) or raise most_tags",
                        len(tags), len(self._seen),
                    )  # fmt: skip
                    return tags[: self._most]
            if not below:
                return tags
            level = below
        log.warning("listing tags stopped %d levels below the root; begin deeper (root)", DEEPEST)
        return tags

    async def _below(self, parents: list[Found]) -> list[Found]:
        """Objects and variables one level down that were not seen yet; units are noted at their parents."""
        found: list[Found] = []
        groups = [parents]
        while groups:
            some = groups.pop()
            pages = list(zip(some, await self._by_parts(some, self._browse), strict=True))
            while pages:
                more: list[tuple[Found, bytes]] = []
                for parent, page in pages:
                    if page.StatusCode.value == ua.StatusCodes.BadNoContinuationPoints and len(some) > 1:
                        groups.append([parent])  # by itself, when the others have given theirs back
                    found += self._children(parent, page.References or [])
                    if page.ContinuationPoint:
                        more.append((parent, page.ContinuationPoint))
                pages = await self._next(more) if len(self._seen) <= MOST_NODES else []
        return found

    async def _next(self, more: list[tuple[Found, bytes]]) -> list[tuple[Found, ua.BrowseResult]]:
        if not more:
            return []
        following = ua.BrowseNextParameters()
        following.ReleaseContinuationPoints = False
        following.ContinuationPoints = [point for _, point in more]
        answers = await self._session.browse_next(following)
        return list(zip((parent for parent, _ in more), answers, strict=True))

    async def _browse(self, parents: Sequence[Found]) -> list[ua.BrowseResult]:
        parameters = ua.BrowseParameters()
        parameters.RequestedMaxReferencesPerNode = REFERENCES_A_NODE
        parameters.NodesToBrowse = [_downwards(parent.node) for parent in parents]
        return await self._session.browse(parameters)

    async def _read(self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds) -> list[ua.DataValue]:
        return await self._by_parts(nodes, lambda some: self._session.read_attributes(list(some), attribute))

    async def _by_parts(self, items: Sequence[Any], ask: Callable[[Sequence[Any]], Awaitable[list[Any]]]) -> list[Any]:
        """Answers to all items, of which no more are asked for at once than the server takes."""
        answers: list[Any] = []
        while len(answers) < len(items):
            some = items[len(answers) : len(answers) + self._nodes_a_call]
            try:
                found = await ask(some)
            except ua.UaStatusCodeError as error:
                if error.code not in TOO_MANY or self._nodes_a_call == 1:
                    raise
                self._nodes_a_call //= 2
                continue
            if len(found) != len(some):
                raise ua.UaError(f"the server gave {len(found)} answers to {len(some)} questions")
            answers += found
        return answers

    def _children(self, parent: Found, references: Sequence[ua.ReferenceDescription]) -> Iterator[Found]:
        for reference in references:
            node = _plain(reference.NodeId)
            name = reference.BrowseName.Name or ""
            if reference.ReferenceTypeId == PROPERTY:
                if name == "EngineeringUnits":
                    parent.unit = node
            elif node is not None and node not in self._seen:
                self._seen.add(node)
                title = reference.DisplayName.Text or name
                path = (*parent.path, parent.title) if parent.title else parent.path
                yield Found(node, title, path, reference.NodeClass == ua.NodeClass.Variable)

    async def _of(self, variables: list[Found]) -> list[Tag]:
        if not variables:
            return []
        nodes = [found.node for found in variables]
        values = await self._read(nodes, ua.AttributeIds.Value)
        types = await self._read(nodes, ua.AttributeIds.DataType)
        with_unit = [found for found in variables if found.unit is not None]
        units: dict[ua.NodeId, str] = {}
        if with_unit:
            read = await self._read([found.unit for found in with_unit if found.unit], ua.AttributeIds.Value)
            units = {found.node: unit for found, value in zip(with_unit, read, strict=True) if (unit := _unit(value))}
        tags: list[Tag] = []
        for found, value, kind in zip(variables, values, types, strict=True):
            for index in _elements(value, kind):
                address = write(found.node, self._namespaces, index)
                title = found.title if index is None else f"{found.title}[{index}]"
                tags.append(Tag(address, title, units.get(found.node), found.path))
        return tags


def _parts(level: list[Found]) -> Iterator[list[Found]]:
    for at in range(0, len(level), NODES_A_CALL):
        yield level[at : at + NODES_A_CALL]


def _downwards(node: ua.NodeId) -> ua.BrowseDescription:
    asked = ua.BrowseDescription()
    asked.NodeId = node
    asked.BrowseDirection = ua.BrowseDirection.Forward
    asked.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
    asked.IncludeSubtypes = True
    asked.NodeClassMask = ua.NodeClass.Object | ua.NodeClass.Variable
    asked.ResultMask = ua.BrowseResultMask.All
    return asked


def _plain(node: ua.NodeId) -> ua.NodeId | None:
    """A node of this server as the rest knows it; None for one on another server."""
    if getattr(node, "ServerIndex", None):
        return None
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)


def _elements(value: ua.DataValue, kind: ua.DataValue) -> list[int | None]:
    """None for a number; places for an array of numbers; nothing for what has no numbers."""
    variant = value.Value
    if variant is None or variant.Value is None:
        type_ = kind.Value.Value if kind.Value is not None else None
        known = isinstance(type_, ua.NodeId) and type_.NamespaceIndex == 0 and type_.Identifier in NUMBER_TYPES
        return [None] if known else []
    if variant.VariantType.value not in NUMBERS:
        return []
    if isinstance(variant.Value, list):
        return list(range(min(len(variant.Value), MOST_ELEMENTS)))
    return [None]


def _unit(value: ua.DataValue) -> str | None:
    unit = value.Value.Value if value.Value is not None else None
    return unit.DisplayName.Text or None if isinstance(unit, ua.EUInformation) else None
