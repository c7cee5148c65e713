"""Addresses as Siemens writes them: `DB10.DBD4`, `DB10.DBX2.3`, `MW20`, `I0.1`, `QB4`; German letters (E, A) too."""

import re
from dataclasses import dataclass

AREAS = {"DB": "DB", "M": "M", "I": "I", "E": "I", "Q": "Q", "A": "Q"}
SIZES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4, "float64": 8,
}  # fmt: skip
"""Bytes of a type."""
WIDTHS = {"X": 1, "B": 1, "W": 2, "D": 4}
USUAL = {"X": "bool", "B": "uint8", "W": "int16", "D": "float32"}
LAST_BYTE = 65_535

_BLOCK = re.compile(r"^DB(?P<db>\d{1,5})\.DB(?P<width>[XBWD])(?P<byte>\d{1,5})(?:\.(?P<bit>[0-7]))?$", re.IGNORECASE)
_PLAIN = re.compile(r"^(?P<area>[MIEQA])(?P<width>[BWD]?)(?P<byte>\d{1,5})(?:\.(?P<bit>[0-7]))?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    area: str
    """DB, M (markers), I (inputs) or Q (outputs)."""
    db: int
    byte: int
    bit: int | None
    type: str

    @property
    def end(self) -> int:
        """The byte behind its last."""
        return self.byte + SIZES[self.type]


def parse(text: str, type_: str | None = None) -> Address:
    """Raises `ValueError` for what is no address, and for a type that does not fit its width."""
    found = _BLOCK.match(text) or _PLAIN.match(text)
    if found is None:
        raise ValueError(f"{text} is no S7 address. Addresses are like DB10.DBD4, DB10.DBX2.3, MW20 or I0.1")
    parts = found.groupdict()
    width = (parts["width"] or "X").upper()
    type_ = type_ or USUAL[width]
    bit = int(parts["bit"]) if parts["bit"] else None
    if (width == "X") != (bit is not None) or (width == "X") != (type_ == "bool"):
        raise ValueError(f"{text}: a bit has its number behind a point, as in DB10.DBX2.3, and is a bool")
    if SIZES[type_] != WIDTHS[width] and not (type_ == "float64" and width == "D"):
        raise ValueError(f"{text} is {WIDTHS[width]} bytes wide, and {type_} takes {SIZES[type_]}")
    area = AREAS[(parts.get("area") or "DB").upper()]
    address = Address(area, int(parts.get("db") or 0), int(parts["byte"]), bit, type_)
    if address.end > LAST_BYTE + 1:
        raise ValueError(f"{text} goes past the last byte, {LAST_BYTE}")
    return address
