"""Golden rows: what a model answered where it was trained, to be answered again wherever it is served.

They are rows of a model's calibration, from the first that it may answer on, played through the scorer twice: as they
are, which the main model answers, and without every second signal that may be missing, which the fallback does. Another
result means that something is not as it was where the gates judged the model: its numbers, the module's code, a
library.
"""

import numpy as np

from andon_sdk.plugin import Recipe
from services.fleet.pack import GOLDEN_ROWS, Pack
from services.fleet.score import Entry, ScoreBlock, Scorer

TOLERANCE = 1e-3
"""How far a raw score may lie off, as a share of itself plus the same share of the threshold. Other kernels of the same
library differ by a thousandth of this; a score this far off changes no alarm a person would miss."""


def golden_scores(pack: Pack, blueprint: Recipe) -> np.ndarray:
    """What is kept in the pack: raw scores float32 [n, 2, GOLDEN_ROWS], NaN where a row is not answered."""
    plain, masked = replay(pack, blueprint, np.arange(len(pack)))
    raw = np.full((len(pack), 2, GOLDEN_ROWS), np.nan, np.float32)
    for part, block in enumerate((plain, masked)):
        found = block.raw.reshape(len(pack), -1)
        raw[:, part, : found.shape[1]] = found
    return raw


def replay(pack: Pack, blueprint: Recipe, index: np.ndarray) -> tuple[ScoreBlock, ScoreBlock]:
    """Answers of the models `index` to their golden rows, model after model: as they are, and without the signals
    that are hidden. A pack with fewer calibration rows than golden ones has all of them played."""
    scorer = Scorer([Entry(str(i), str(i), pack, int(place), blueprint) for i, place in enumerate(index)])
    rows = min(GOLDEN_ROWS, pack.calibration.width)
    place = np.minimum(_first(pack, index)[:, None] + np.arange(rows), pack.calibration.width - 1)
    x, present = pack.calibration.x[index[:, None], place], pack.calibration.present[index[:, None], place]
    values = np.where(present, x * pack.scale[index][:, None] + pack.center[index][:, None], np.nan)
    masked = values.copy()
    masked[..., np.flatnonzero(~pack.essential)[::2]] = np.nan
    slots = np.repeat(np.arange(len(index)), rows)
    plain, hidden = (
        scorer.score(slots, each.reshape(-1, values.shape[2]), None, scorer.state()) for each in (values, masked)
    )
    return plain, hidden


def _first(pack: Pack, index: np.ndarray) -> np.ndarray:
    """int64 [n]: where golden rows begin. Calibration may begin while an essential signal is silent, and a model of
    which no golden row can be answered would not be tried at all."""
    first = np.zeros(len(index), np.int64)
    late = ~_answerable(pack.calibration.present[index, :1], pack.essential)[:, 0]
    first[late] = _answerable(pack.calibration.present[index[late]], pack.essential).argmax(axis=1)
    return first


def _answerable(present: np.ndarray, essential: np.ndarray) -> np.ndarray:
    """bool [n, rows]"""
    return np.all(present | ~essential, axis=2)


def differences(pack: Pack, index: np.ndarray, played: tuple[ScoreBlock, ScoreBlock]) -> dict[int, str]:
    """What is different from where the models were trained, by position in `index`; models that agree are left out."""
    expected = pack.golden[index]
    found = np.stack([block.raw.reshape(len(index), -1) for block in played], axis=1)
    expected = expected[..., : found.shape[2]]
    allowed = TOLERANCE * (np.abs(expected) + pack.levels[index, 0][:, None, None])
    with np.errstate(invalid="ignore"):
        agree = (np.abs(found - expected) <= allowed) | (np.isnan(found) & np.isnan(expected))
    return {
        int(place): _sentence(expected[place], found[place], agree[place])
        for place in np.flatnonzero(~agree.all(axis=(1, 2)))
    }


def _sentence(expected: np.ndarray, found: np.ndarray, agree: np.ndarray) -> str:
    part, row = np.argwhere(~agree)[0]
    before, here = float(expected[part, row]), float(found[part, row])
    return (
        f"Its {('main', 'fallback')[part]} model scores golden row {row} with {_said(here)}; where it was trained it "
        f"was {_said(before)}. The artefact, the plugin or a library is not what trained it. Train it again."
    )


def _said(score: float) -> str:
    return "nothing" if np.isnan(score) else f"{score:.6g}"
