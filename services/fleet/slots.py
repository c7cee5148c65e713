"""Which model of which pack each slot is, and what the slots have there.

What scoring needs for every row is gathered into arrays of its own. Calibration rows stay where the packs hold them
until a mask that was not met before asks: at 16 signals and 1,024 rows a model has some 80 kB of them, of which a
day's masks touch little. Rows of a mapped pack are read from its file, page by page, and are the system's to drop
again.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from services.fleet.pack import Pack
from services.fleet.prepare import Rows


class Slots:
    """Slots 0..n-1. Holds on to the packs' calibration, and to nothing else of them."""

    def __init__(self, members: Sequence[tuple[Pack, int]]) -> None:
        """Slot i is model `members[i][1]` of pack `members[i][0]`."""
        self._packs = list({id(pack): pack for pack, _ in members}.values())
        number = {id(pack): place for place, pack in enumerate(self._packs)}
        self._owner = np.array([number[id(pack)] for pack, _ in members], np.int64)
        self._place = np.array([place for _, place in members], np.int64)

    def gathered(self, *picks: Callable[[Pack], np.ndarray]) -> np.ndarray:
        """[picks × n, ...]: each pick answers an array [models, ...] of a pack; slots have theirs of the first pick,
        then theirs of the second."""
        first, n = picks[0](self._packs[0]), len(self._owner)
        result = np.empty((len(picks) * n, *first.shape[1:]), first.dtype)
        for number, pack in enumerate(self._packs):
            mine = np.flatnonzero(self._owner == number)
            for part, pick in enumerate(picks):
                result[part * n + mine] = pick(pack)[self._place[mine]]
        return result

    def weights(self, name: str) -> torch.Tensor:
        """One of the weights [2 × slots, ...], main models before fallbacks."""
        return torch.from_numpy(
            self.gathered(
                lambda pack: pack.main[name].detach().numpy(), lambda pack: pack.fallback[name].detach().numpy()
            )
        )

    def calibration(self) -> "SlotRows":
        return SlotRows([pack.calibration for pack in self._packs], self._owner, self._place)

    def labelled(self) -> "SlotRows | None":
        """Rows of labelled events; None where no slot has any."""
        if all(pack.labelled is None for pack in self._packs):
            return None
        found = [pack.labelled or _nothing(len(pack), pack.calibration.x.shape[2]) for pack in self._packs]
        return SlotRows(found, self._owner, self._place)


def _nothing(models: int, signals: int, width: int = 1) -> Rows:
    """Rows of models that have none: `width` of padding each."""
    wide = (models, width)
    return Rows(
        x=np.zeros((*wide, signals), np.float32),
        present=np.zeros((*wide, signals), bool),
        counts=np.zeros(models, np.int64),
        part=np.full(wide, -1, np.int32),
        lead=np.ones(wide, bool),
    )


class SlotRows:
    """Rows of slots that judge them; looks like `Rows` to who takes some."""

    def __init__(self, packs: Sequence[Rows], owner: np.ndarray, place: np.ndarray, width: int | None = None) -> None:
        self._packs, self._owner, self._place = packs, owner, place
        self.width = max(rows.width for rows in packs) if width is None else width
        """Rows a slot, those included that pad it to the longest."""

    def widths(self) -> np.ndarray:
        """int64 [slots]: rows of each slot's own pack."""
        return np.array([rows.width for rows in self._packs], np.int64)[self._owner]

    def of_width(self, width: int) -> "SlotRows":
        """The same to who takes rows of slots of that width only: padded as in their own packs and no further."""
        return SlotRows(self._packs, self._owner, self._place, width)

    def take(self, index: np.ndarray, /) -> Rows:
        """A copy of the rows of these slots, in their order."""
        found = _nothing(len(index), self._packs[0].x.shape[2], self.width)
        owner, place = self._owner[index], self._place[index]
        for number in np.unique(owner):
            mine = np.flatnonzero(owner == number)
            rows = self._packs[number].take(place[mine])
            found.counts[mine] = rows.counts
            for name in ("x", "present", "part", "lead"):
                getattr(found, name)[mine, : rows.width] = getattr(rows, name)
        return found
