"""A thousand scores of production, given again from their capsules with every bit the same."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scored_plant import RECIPES, ScoredPlant

from services.capsules import gathering
from services.fleet.capsule import Capsule
from services.kernel import wire
from services.readings.history import tables
from services.serving.cluster.again import score_again

MANY = 1000


class ReadOnce:
    """The history's tables, read from the bucket once for a thousand capsules."""

    def __init__(self) -> None:
        self._read: dict[str, pl.LazyFrame] = {}

    def scan(self, bucket: Any, key: str) -> pl.LazyFrame:
        if key not in self._read:
            frame = tables.scan(bucket, key)
            assert frame is not None
            self._read[key] = frame.collect().lazy()
        return self._read[key]


def test_a_thousand_scores_are_reproduced_bit_for_bit(plant: ScoredPlant, monkeypatch: Any) -> None:
    monkeypatch.setattr(gathering, "tables", ReadOnce())
    monkeypatch.setattr(gathering, "_read", _remembered(gathering._read))
    draw = np.random.default_rng(1)
    met: Counter[Any] = Counter()
    for place in draw.choice(len(plant.scores), MANY, replace=False):
        asset, time, version, role = plant.scores[place]
        made = gathering.gather(plant.bucket, plant.wanted(asset, time, version, role))
        capsule = Capsule.decode(made.encode())
        [model] = [
            model for model in capsule.manifest["models"] if (model["version"], model["role"]) == (str(version), role)
        ]
        alone = replace(capsule, manifest={**capsule.manifest, "models": [model]})
        [again] = score_again(alone, RECIPES.get)
        assert again.reason is None
        differing = [column for column in again.columns if not column.equal]
        assert not differing, (place, model, differing)
        [route] = [column.found for column in again.columns if column.column == "route"]
        met.update([(role, model["blueprint"]), ("route", route), model["begins"]])
    assert {(wire.ROLE_CHAMPION, key) for key in ("dense", "temporal", "forecast", "trees")} <= met.keys()
    assert {(wire.ROLE_SHADOW, key) for key in ("dense", "components")} <= met.keys()
    assert min(met["route", "0"], met["route", "1"], met["route", "2"], met["window"], met["served"]) > 20


def _remembered(read: Any) -> Any:
    known: dict[Any, bytes] = {}

    def once(bucket: Any, *asked: Any) -> bytes:
        if asked not in known:
            known[asked] = read(bucket, *asked)
        return known[asked]

    return once
