"""Records: dataclasses, members of enumerations, and plain objects of the notebook's own classes, field by field."""

import dataclasses
import enum
from typing import Any

from andon_sdk.link.handover.nodes import Damaged, Kind, Node, Reader, Writer

_CUSTOM = ("__reduce__", "__reduce_ex__", "__getstate__", "__new__")


def _is_record(value: Any) -> bool:
    kind = type(value)
    if isinstance(value, type | BaseException):
        return False
    if dataclasses.is_dataclass(kind):
        return True
    own = "<locals>" in kind.__qualname__ and kind.__bases__ == (object,) and not hasattr(kind, "__slots__")
    return own and not any(name in vars(kind) for name in _CUSTOM)


def _fields(value: Any) -> dict[str, Any]:
    if not dataclasses.is_dataclass(value):
        return dict(vars(value))
    named = {each.name: getattr(value, each.name) for each in dataclasses.fields(value) if hasattr(value, each.name)}
    return named | dict(getattr(value, "__dict__", {}))


def _record_node(value: Any, writer: Writer, where: str) -> Node:
    fields = {name: writer.node(each, f"{where}.{name}") for name, each in _fields(value).items()}
    return {"class": writer.node(type(value), f"the class of {where}"), "fields": fields}


def _record(node: Node, reader: Reader) -> Any:
    kind = reader.value(node["class"])
    if not isinstance(kind, type):
        raise Damaged("A record's class is no class.")
    value = object.__new__(kind)
    for name, each in node["fields"].items():
        object.__setattr__(value, name, reader.value(each))
    return value


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(type(value), "_fields") and tuple in type(value).__bases__


def _named_tuple_node(value: Any, writer: Writer, where: str) -> Node:
    items = [writer.node(each, f"{where}.{name}") for name, each in zip(value._fields, value, strict=True)]
    return {"class": writer.node(type(value), f"the class of {where}"), "items": items}


def _named_tuple(node: Node, reader: Reader) -> Any:
    kind = reader.value(node["class"])
    if not (isinstance(kind, type) and issubclass(kind, tuple)):
        raise Damaged("A named tuple's class is none.")
    return tuple.__new__(kind, [reader.value(each) for each in node["items"]])


def _member(node: Node, reader: Reader) -> Any:
    kind = reader.value(node["class"])
    if not (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        raise Damaged("A member's class is no enumeration.")
    return kind[node["name"]]


KINDS = (
    Kind(
        "member",
        lambda value: isinstance(value, enum.Enum),
        lambda value, writer, where: {"class": writer.node(type(value), f"the class of {where}"), "name": value.name},
        _member,
    ),
    Kind("named tuple", _is_named_tuple, _named_tuple_node, _named_tuple),
    Kind("record", _is_record, _record_node, _record),
)
