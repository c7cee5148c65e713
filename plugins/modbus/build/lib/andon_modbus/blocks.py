"""Few requests for many registers, and numbers out of their answers.

Registers of one device and table that lie close together are one block, read by one request. Answers are put side by
side in one array, from which numpy takes all values of a type in one step.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from andon_modbus.settings import BIT_KINDS, Register

LONGEST_OF_BITS = 1_000
TYPES = {
    "int16": ">i2", "uint16": ">u2", "int32": ">i4", "uint32": ">u4", "float32": ">f4", "int64": ">i8",
    "uint64": ">u8", "float64": ">f8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One request: `count` registers or bits of a table of a device, for the registers at `places` of the map."""

    device: int
    kind: str
    address: int
    count: int
    places: tuple[int, ...]


def plan(registers: Sequence[Register], places: Iterable[int], device: int, gap: int, longest: int) -> list[Block]:
    """The blocks for some places of a map. Up to `gap` registers between two wanted ones are read with them."""

    def where(place: int) -> tuple[int, str, int]:
        register = registers[place]
        return (device if register.device is None else register.device, register.kind, register.address)

    blocks: list[Block] = []
    for place in sorted(places, key=where):
        of, kind, address = where(place)
        end = address + registers[place].words
        last = blocks[-1] if blocks else None
        most = LONGEST_OF_BITS if kind in BIT_KINDS else longest
        if (
            last is not None
            and (last.device, last.kind) == (of, kind)
            and address <= last.address + last.count + gap
            and end - last.address <= most
        ):
            count = max(last.count, end - last.address)
            blocks[-1] = Block(of, kind, last.address, count, (*last.places, place))
        else:
            blocks.append(Block(of, kind, address, end - address, (place,)))
    return blocks


def alone(block: Block, registers: Sequence[Register]) -> list[Block]:
    """The same registers, each by a request of its own."""
    return [
        Block(block.device, block.kind, registers[place].address, registers[place].words, (place,))
        for place in block.places
    ]


class Decoder:
    """Values of the registers of some blocks, out of the blocks' answers side by side.

    A register in two blocks is there once: blocks have each place once.
    """

    def __init__(self, blocks: Sequence[Block], registers: Sequence[Register]) -> None:
        self.places = np.array([place for block in blocks for place in block.places], np.int32)
        """Places in the map, in the order of the values."""
        self._starts = np.cumsum([0, *(block.count for block in blocks)])
        self._block = np.repeat(np.arange(len(blocks)), [len(block.places) for block in blocks])
        chosen = [registers[place] for place in self.places]
        first = np.array(
            [
                start + registers[place].address - block.address
                for block, start in zip(blocks, self._starts, strict=False)
                for place in block.places
            ],
            np.int64,
        )
        self._scale = np.array([register.scale for register in chosen])
        self._offset = np.array([register.offset for register in chosen])
        self._swapped = np.zeros(self._starts[-1], bool)
        self._parts = list(self._of_types(chosen, first))

    def _of_types(
        self, chosen: list[Register], first: np.ndarray
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
        """Type, rows, the words of each row in order, and whether their bytes are swapped (or which bit it is)."""
        for name in sorted({register.type for register in chosen}):
            rows = np.array([row for row, register in enumerate(chosen) if register.type == name])
            words = first[rows][:, None] + np.arange(chosen[rows[0]].words)
            little = np.array([chosen[row].word_order == "little" for row in rows])
            words[little] = words[little, ::-1]
            swapped = np.array([chosen[row].byte_order == "little" for row in rows])
            bits = np.array([chosen[row].bit or 0 for row in rows])
            yield name, rows, words, bits if name == "bool" else swapped

    def __call__(self, answers: Sequence[Sequence[int] | None]) -> np.ndarray:
        """float64[n], scaled; NaN for registers of a block that has no answer."""
        image = np.zeros(self._starts[-1], np.uint16)
        for start, answer in zip(self._starts, answers, strict=False):
            if answer is not None:
                image[start : start + len(answer)] = answer
        values = np.empty(len(self.places))
        for name, rows, words, detail in self._parts:
            taken = image[words]
            if name == "bool":
                values[rows] = (taken[:, 0] >> detail) & 1
                continue
            taken = np.where(detail[:, None], taken.byteswap(), taken)
            values[rows] = np.ascontiguousarray(taken.astype(">u2")).view(TYPES[name])[:, 0]
        values = values * self._scale + self._offset
        missing = np.array([answer is None for answer in answers])
        values[missing[self._block]] = np.nan
        return values
