"""Addresses of tags: a node, and for an array which element.

`ns=2;s=Boiler.Temperature`, `nsu=http://plant/boilers;s=Boiler.Temperature`, `ns=2;i=1004;index=3`. A namespace's
number may change when a server restarts; its address (`nsu=`) does not.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import re
from collections.abc import Sequence
from dataclasses import dataclass

from asyncua import ua

NAMESPACE = re.compile(r"^nsu=(?P<uri>[^;]+);(?P<rest>.*)$", re.DOTALL)
ELEMENT = re.compile(r"^(?P<node>.*);index=(?P<index>\d{1,9})$", re.DOTALL)
LARGEST_NUMBER = 2**32


class BadAddress(ValueError):
    """A text that is no address of a tag on this server."""


@dataclass(frozen=True, slots=True)
class Address:
    node: ua.NodeId
    index: int | None = None


def parse(text: str, namespaces: Sequence[str]) -> Address:
    """Raises `BadAddress`. `namespaces` is the server's array of namespaces."""
    rest, index = text, None
    if element := ELEMENT.match(text):
        rest, index = element["node"], int(element["index"])
    if named := NAMESPACE.match(rest):
        if named["uri"] not in namespaces:
            raise BadAddress(f"{text}: the server has no namespace {named['uri']}. It has: {', '.join(namespaces)}")
        rest = f"ns={namespaces.index(named['uri'])};{named['rest']}"
    try:
        node = ua.NodeId.from_string(rest)
    except (ua.UaError, ValueError) as error:
        raise BadAddress(
            f"{text} is no address of a node. Addresses are like ns=2;s=Boiler.Temperature or ns=2;i=1004"
        ) from error
    number = node.Identifier
    if isinstance(number, int) and not 0 <= number < LARGEST_NUMBER:
        raise BadAddress(f"{text}: {number} is too large for a node's number")
    return Address(node, index)


def write(node: ua.NodeId, namespaces: Sequence[str], index: int | None = None) -> str:
    """The address that survives a restart of the server: by the namespace's own address where it has one."""
    text = node.to_string()
    number = int(node.NamespaceIndex)
    if 0 < number < len(namespaces) and ";" not in namespaces[number]:
        text = f"nsu={namespaces[number]};{text.removeprefix(f'ns={number};')}"
    return text if index is None else f"{text};index={index}"
