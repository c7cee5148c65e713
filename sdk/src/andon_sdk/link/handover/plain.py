"""Numbers, text, times and what is made of them."""

import base64
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PosixPath, PurePath
from typing import Any

from andon_sdk.link.handover.nodes import Kind, Node, Reader, Writer

_SCALARS = (bool, int, float, str, type(None))
_TEXTS = {datetime: "datetime", date: "date", time: "time"}


def _is_json(value: Any, deep: int = 0) -> bool:
    kind = type(value)
    if kind in _SCALARS:
        return True
    if deep > 40:
        return False
    if kind is list:
        return all(_is_json(each, deep + 1) for each in value)
    return kind is dict and all(type(key) is str and _is_json(each, deep + 1) for key, each in value.items())


def _time_node(value: Any, _: Writer, __: str) -> Node:
    zone = getattr(getattr(value, "tzinfo", None), "key", None)
    return {"of": _TEXTS[type(value)], "value": value.isoformat(), **({"zone": zone} if zone else {})}


def _time(node: Node, _: Reader) -> Any:
    kind = next(each for each, name in _TEXTS.items() if name == node["of"])
    value = kind.fromisoformat(node["value"])
    if "zone" in node:
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        return value.replace(tzinfo=ZoneInfo(node["zone"]))
    return value


def _named_zone(value: Any) -> bool:
    """Zones without a name other than a fixed distance from UTC would lose it."""
    zone = getattr(value, "tzinfo", None)
    return zone is None or hasattr(zone, "key") or type(zone).__module__ == "datetime"


def _items(value: Any, writer: Writer, where: str) -> Node:
    return {"items": [writer.node(each, f"{where}[{at}]") for at, each in enumerate(value)]}


def _pairs(value: Any, writer: Writer, where: str) -> Node:
    return {
        "items": [[writer.node(key, f"a key of {where}"), writer.node(each, f"{where}[{key!r}]")]
                  for key, each in value.items()]
    }  # fmt: skip


def _made(kind: Any) -> Any:
    return lambda node, reader: kind(reader.value(each) for each in node["items"])


KINDS = (
    Kind("json", _is_json, lambda value, *_: {"value": value}, lambda node, _: node["value"]),
    Kind("time", lambda value: type(value) in _TEXTS and _named_zone(value), _time_node, _time),
    Kind(
        "timedelta",
        lambda value: type(value) is timedelta,
        lambda value, *_: {"value": [value.days, value.seconds, value.microseconds]},
        lambda node, _: timedelta(*node["value"]),
    ),
    Kind(
        "bytes",
        lambda value: type(value) is bytes,
        lambda value, *_: {"value": base64.b64encode(value).decode()},
        lambda node, _: base64.b64decode(node["value"]),
    ),
    Kind(
        "complex",
        lambda value: type(value) is complex,
        lambda value, *_: {"value": [value.real, value.imag]},
        lambda node, _: complex(*node["value"]),
    ),
    Kind(
        "decimal",
        lambda value: type(value) is Decimal,
        lambda value, *_: {"value": str(value)},
        lambda node, _: Decimal(node["value"]),
    ),
    Kind(
        "path",
        lambda value: isinstance(value, PosixPath | PurePath) and type(value).__module__.startswith("pathlib"),
        lambda value, *_: {"value": str(value)},
        lambda node, _: Path(node["value"]),
    ),
    Kind("list", lambda value: type(value) is list, _items, _made(list)),
    Kind("tuple", lambda value: type(value) is tuple, _items, _made(tuple)),
    Kind("set", lambda value: type(value) is set, _items, _made(set)),
    Kind("frozenset", lambda value: type(value) is frozenset, _items, _made(frozenset)),
    Kind(
        "dict",
        lambda value: type(value) is dict,
        _pairs,
        lambda node, reader: {reader.value(key): reader.value(each) for key, each in node["items"]},
    ),
    Kind(
        "range",
        lambda value: type(value) is range,
        lambda value, *_: {"value": [value.start, value.stop, value.step]},
        lambda node, _: range(*node["value"]),
    ),
)
