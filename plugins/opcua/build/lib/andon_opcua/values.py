"""From what a server sent to readings: quality from status codes, times from ticks."""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import numpy as np
from asyncua import ua

from andon_opcua.addresses import Address
from andon_opcua.decoding import NUMBERS, Scalar, Values, scalar

UNIX_EPOCH = 116_444_736_000_000_000
"""1970 in ticks of 100 ns since 1601."""
SEVERITY_SHIFT = 30
BAD = 2
OVERFLOW_MASK, OVERFLOW = 0x0C80, 0x0480
"""The info bits say "data value" and that the queue of the item was too short. OPC 10000-4, 7.39.1."""


def elements(addresses: list[Address]) -> Scalar:
    """Picks the element that an item's address asks for; the client's handle is the address's place in the list."""

    def element(handle: int, data: ua.DataValue) -> tuple[float, str | None]:
        wanted = addresses[handle].index if handle < len(addresses) else None
        variant = data.Value
        if wanted is None or variant is None or variant.Value is None:
            return scalar(handle, data)
        name = variant.VariantType.name
        if not isinstance(variant.Value, list) or variant.VariantType.value not in NUMBERS:
            return float("nan"), f"{name}, which has no element {wanted}"
        # A server that keeps to the index range sends the one element that was asked for; others send all.
        place = 0 if len(variant.Value) == 1 else wanted
        if place >= len(variant.Value) or isinstance(variant.Value[place], list):
            return float("nan"), f"{name}[{len(variant.Value)}], which has no element {wanted}"
        return float(variant.Value[place]), None

    return element


def quality(values: Values) -> np.ndarray:
    """uint8[n]: the severity bits of the status. 0 good, 1 uncertain, 2 bad."""
    return np.minimum(values.status >> SEVERITY_SHIFT, BAD).astype(np.uint8)


def overflown(values: Values) -> np.ndarray:
    """Rows before which the server dropped changes, since its queue for the tag was full."""
    return (values.status & OVERFLOW_MASK) == OVERFLOW


def times(values: Values, received: int) -> np.ndarray:
    """int64[n], µs since 1970: the source's time, else the server's, else `received`."""
    ticks = np.where(values.source != 0, values.source, values.server)
    return np.where(ticks != 0, (ticks - UNIX_EPOCH) // 10, received)
