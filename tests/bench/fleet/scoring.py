"""Rows about the engine that scores: one thread, as in the serving cluster, 10,000 models, a row of each in a block."""

import functools
import itertools

import numpy as np
import torch
from harness import Row, compare
from torch.func import functional_call

from andon_sdk.plugin import Inputs
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_score
from fleet.limits import READ_BYTES, read_memory
from fleet.plant import ESSENTIAL, ROWS, SIGNALS, blueprint_of, fleet_rows, settings_of
from services.fleet.artefact import Pack, pack_of
from services.fleet.dense_stack import trained_stack
from services.fleet.score import FALLBACK, Entry, ScoreBlock, Scorer
from services.fleet.stack import Stack
from services.fleet.train import train_fleet

MODELS, TRAINED = 10_000, 128
SINGLES = 500
LOST, LOST_SHARE = 3, 0.1
"""The signal that is missing where fallbacks answer, and in which share of rows."""
SHADOWS = 2


def scoring_rows(pairs: int) -> list[Row]:
    pack = _pack()
    engine = Engine(pack, 1)
    values = _values(0.0)
    return [
        _against_calls(engine, pack, values, pairs),
        _against_bandwidth(engine, values, pairs),
        _against_vmap(pack, pairs),
        _many_rows(engine, pairs),
        _shadow_cost(engine, Engine(pack, 1 + SHADOWS), values, pairs),
        _mask_cost(engine, values, pairs),
    ]


class Engine:
    """A scorer whose slots are `versions` of each of 10,000 models. Few models were trained, but each slot has weights
    of its own in the stack, so memory is read as if all were different."""

    def __init__(self, pack: Pack, versions: int) -> None:
        blueprint = blueprint_of("dense")
        places = itertools.product(range(versions), range(MODELS))
        self.scorer = Scorer([Entry(f"{i}-{v}", f"{i}", pack, i % len(pack), blueprint) for v, i in places])
        self.state = self.scorer.state()
        self.slots = np.arange(versions * MODELS)
        self.versions = versions

    def score(self, values: np.ndarray) -> ScoreBlock:
        """A row of each asset, by all its versions."""
        return self.scorer.score(self.slots, np.tile(values, (self.versions, 1)), None, self.state)

    def bytes_a_row(self) -> int:
        """Of the weights of one model, which a row of its own reads once."""
        weights = self.scorer.groups[0].judged.weights.values()
        return sum(value[0].numel() * value.element_size() for value in weights)


def _pack() -> Pack:
    trained = train_fleet(blueprint_of("dense"), fleet_rows(TRAINED), ESSENTIAL, settings_of("dense", epochs=10))
    assert len(trained.assets) == TRAINED
    return pack_of(trained)


def _values(lost: float) -> np.ndarray:
    """A row of each asset, the same whenever asked; of a share of them one signal is missing."""
    draw = np.random.default_rng(0)
    values = fleet_rows(TRAINED).values[(np.arange(MODELS) % TRAINED) * ROWS + draw.integers(0, ROWS, MODELS)]
    values[: int(lost * MODELS), LOST] = np.nan
    return values


def _against_calls(engine: Engine, pack: Pack, values: np.ndarray, pairs: int) -> Row:
    template = MaskedAutoencoder(Inputs(SIGNALS)).eval()
    everything = torch.ones(1, SIGNALS)
    models = [{name: weight[i] for name, weight in pack.main.items()} for i in range(len(pack))]

    def single() -> list[float]:
        found = []
        for slot in range(SINGLES):
            center, scale = engine.scorer.center[slot], engine.scorer.scale[slot]
            x = torch.from_numpy(((values[slot] - center) / scale).astype(np.float32))[None]
            with torch.no_grad():
                output = functional_call(template, models[slot % len(models)], (x, everything))
                found.append(reconstruction_score(output, x, everything).sum().item())
        return found

    block = engine.score(values)
    np.testing.assert_allclose(block.raw[:SINGLES], single(), rtol=1e-4)
    work = functools.partial(engine.score, values)
    return compare(
        "fleet_score_vs_module_call", "rows/s", (work, MODELS), "one module call a row", (single, SINGLES), pairs
    )


def _against_bandwidth(engine: Engine, values: np.ndarray, pairs: int) -> Row:
    """The bound: no row is answered before its model's weights were read from memory."""
    rows_read = READ_BYTES / engine.bytes_a_row()
    work = functools.partial(engine.score, values)
    return compare(
        "fleet_score_vs_bandwidth",
        "rows/s",
        (work, MODELS),
        "reading their weights, one thread",
        (read_memory, rows_read),
        pairs,
        bytes_a_row=engine.bytes_a_row(),
    )


def _against_vmap(pack: Pack, pairs: int) -> Row:
    """The dense family written out, against its module under `vmap`."""
    blueprint = blueprint_of("dense")
    ours, plain = trained_stack(blueprint, SIGNALS), Stack.of(blueprint, SIGNALS)
    x = torch.randn(len(pack), ROWS, SIGNALS, generator=torch.Generator().manual_seed(0))
    present = torch.ones_like(x)
    torch.testing.assert_close(ours.scores(pack.main, x, present), plain.scores(pack.main, x, present))
    quick, slow = (functools.partial(stack.scores, pack.main, x, present) for stack in (ours, plain))
    done = len(pack) * ROWS
    return compare("fleet_score_dense_vs_module", "rows/s", (quick, done), "its module under vmap", (slow, done), pairs)


def _many_rows(engine: Engine, pairs: int) -> Row:
    """Ten rows of each asset in a block, against one."""
    one, ten = _values(0.0), np.tile(_values(0.0), (10, 1))
    slots = np.tile(engine.slots, 10)
    return compare(
        "fleet_score_10_rows_an_asset",
        "rows/s",
        (lambda: engine.scorer.score(slots, ten, None, engine.state), len(ten)),
        "one row an asset",
        (lambda: engine.score(one), MODELS),
        pairs,
    )


def _shadow_cost(engine: Engine, shadowed: Engine, values: np.ndarray, pairs: int) -> Row:
    np.testing.assert_array_equal(shadowed.score(values).raw[:MODELS], engine.score(values).raw)
    return compare(
        "shadow_cost",
        "rows/s",
        (lambda: engine.score(values), MODELS),
        f"the same rows by {SHADOWS} shadows too",
        (lambda: shadowed.score(values), MODELS),
        pairs,
    )


def _mask_cost(engine: Engine, values: np.ndarray, pairs: int) -> Row:
    lacking = _values(LOST_SHARE)
    assert (engine.score(lacking).route == FALLBACK).mean() == LOST_SHARE
    other = Engine(_pack(), 1)
    return compare(
        "mask_cost",
        "rows/s",
        (lambda: other.score(values), MODELS),
        f"the same with {LOST_SHARE:.0%} of rows on fallbacks",
        (lambda: engine.score(lacking), MODELS),
        pairs,
    )
