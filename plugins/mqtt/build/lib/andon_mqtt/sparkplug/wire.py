"""Sparkplug B payloads as protobuf messages, without compiled files: the few fields that are read, by their numbers.

Numbers and types are those of the Sparkplug B schema (specification 3.0, section 6.4.2); what is not listed, such as
data sets and templates, is passed over as an unknown field.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from andon_mqtt.values import Unreadable

_PACKAGE = "andon.sparkplug"
_VALUES = {"int_value": "uint32", "long_value": "uint64", "float_value": "float", "double_value": "double", "boolean_value": "bool", "string_value": "string"}  # fmt: skip  # noqa: E501
_MESSAGES: dict[str, tuple[list[tuple[str, int, str]], list[tuple[str, int, str]]]] = {
    # name: fields, and those of its oneof `value`; a type in capitals is another message, with * repeated
    "Payload": ([("timestamp", 1, "uint64"), ("metrics", 2, "Metric*"), ("seq", 3, "uint64")], []),
    "Metric": (
        [
            ("name", 1, "string"), ("alias", 2, "uint64"), ("timestamp", 3, "uint64"), ("datatype", 4, "uint32"),
            ("is_historical", 5, "bool"), ("is_transient", 6, "bool"), ("is_null", 7, "bool"),
            ("properties", 9, "PropertySet"),
        ],
        [(name, number, kind) for number, (name, kind) in enumerate(_VALUES.items(), 10)],
    ),
    "PropertySet": ([("keys", 1, "string*"), ("values", 2, "PropertyValue*")], []),
    "PropertyValue": (
        [("type", 1, "uint32"), ("is_null", 2, "bool")],
        [(name, number, kind) for number, (name, kind) in enumerate(_VALUES.items(), 3)],
    ),
}  # fmt: skip


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="andon/sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, (plain, choice) in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if choice:
            message.oneof_decl.add(name="value")
        for place, (field, number, kind) in enumerate([*plain, *choice]):
            added = message.field.add(name=field, number=number, label=3 if kind.endswith("*") else 1)
            base = kind.rstrip("*")
            if base in _MESSAGES:
                added.type, added.type_name = added.TYPE_MESSAGE, f".{_PACKAGE}.{base}"
            else:
                added.type = added.Type.Value(f"TYPE_{base.upper()}")
            if place >= len(plain):
                added.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # type: ignore[attr-defined]
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


Payload: Any = _classes()["Payload"]


def decode(payload: bytes) -> Any:
    """A `Payload`. Raises `Unreadable`."""
    try:
        return Payload.FromString(payload)
    except DecodeError:
        raise Unreadable("payload is not Sparkplug B") from None


def rebirth_request(now_ms: int) -> bytes:
    """An NCMD that asks an edge node for its births."""
    metric = {"name": "Node Control/Rebirth", "timestamp": now_ms, "datatype": 11, "boolean_value": True}
    return Payload(timestamp=now_ms, metrics=[metric]).SerializeToString()
