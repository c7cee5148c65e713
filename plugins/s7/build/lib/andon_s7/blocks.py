"""Few requests for many variables, and numbers out of their answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from andon_s7.addresses import SIZES, Address
from andon_s7.settings import Variable

TYPES = {
    "int8": ">i1", "uint8": ">u1", "int16": ">i2", "uint16": ">u2", "int32": ">i4", "uint32": ">u4",
    "float32": ">f4", "float64": ">f8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One group: `size` bytes of an area, for the variables at `places` of the list."""

    area: str
    db: int
    start: int
    size: int
    places: tuple[int, ...]

    def __str__(self) -> str:
        area = f"DB{self.db}" if self.area == "DB" else self.area
        return f"{area} bytes {self.start} to {self.start + self.size - 1}"


def plan(addresses: Sequence[Address], places: Iterable[int], gap: int, longest: int) -> list[Block]:
    """The groups for some places of a list. Up to `gap` bytes between two wanted ones are read with them."""
    blocks: list[Block] = []
    for place in sorted(places, key=lambda at: (addresses[at].area, addresses[at].db, addresses[at].byte)):
        address = addresses[place]
        last = blocks[-1] if blocks else None
        if (
            last is not None
            and (last.area, last.db) == (address.area, address.db)
            and address.byte <= last.start + last.size + gap
            and address.end - last.start <= longest
        ):
            size = max(last.size, address.end - last.start)
            blocks[-1] = Block(last.area, last.db, last.start, size, (*last.places, place))
        else:
            blocks.append(Block(address.area, address.db, address.byte, address.end - address.byte, (place,)))
    return blocks


class Decoder:
    """Values of the variables of some groups, out of the groups' bytes side by side."""

    def __init__(self, blocks: Sequence[Block], addresses: Sequence[Address], variables: Sequence[Variable]) -> None:
        self.places = np.array([place for block in blocks for place in block.places], np.int32)
        """Places in the list, in the order of the values."""
        self._starts = np.cumsum([0, *(block.size for block in blocks)])
        self._block = np.repeat(np.arange(len(blocks)), [len(block.places) for block in blocks])
        self._scale = np.array([variables[place].scale for place in self.places])
        self._offset = np.array([variables[place].offset for place in self.places])
        first = np.array(
            [
                start + addresses[place].byte - block.start
                for block, start in zip(blocks, self._starts, strict=False)
                for place in block.places
            ],
            np.int64,
        )
        chosen = [addresses[place] for place in self.places]
        self._parts: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
        for name in sorted({address.type for address in chosen}):
            rows = np.array([row for row, address in enumerate(chosen) if address.type == name])
            bits = np.array([chosen[row].bit or 0 for row in rows])
            self._parts.append((name, rows, first[rows][:, None] + np.arange(SIZES[name]), bits))

    def __call__(self, answers: Sequence[bytes | None]) -> np.ndarray:
        """float64[n], scaled; NaN for variables of a group that has no answer."""
        image = np.zeros(self._starts[-1], np.uint8)
        for start, answer in zip(self._starts, answers, strict=False):
            if answer is not None:
                image[start : start + len(answer)] = np.frombuffer(answer, np.uint8)
        values = np.empty(len(self.places))
        for name, rows, where, bits in self._parts:
            taken = np.ascontiguousarray(image[where])
            values[rows] = (taken[:, 0] >> bits) & 1 if name == "bool" else taken.view(TYPES[name])[:, 0]
        values = values * self._scale + self._offset
        values[np.array([answer is None for answer in answers])[self._block]] = np.nan
        return values
