"""Quality on the SKAB test bench's 20 valve recordings, by the engine alone, for every blueprint that fits them.

    python tests/bench/skab_quality.py ../shared/data/skab

Trained on rows 0-399 of each recording, scored on the rest row after row (causal), one setting of a blueprint for all.
AUC is the mean over recordings and over sets of missing signals: all 8 single ones, all 28 pairs, 28 of the 70 fours.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import polars
import torch
from andon_any_machine import plugin as any_machine
from andon_water_loop import plugin as water_loop
from harness import Row, show, write

from andon_sdk.plugin import Recipe
from services.fleet.artefact import pack_of
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer

TRAINED = 400
COLUMNS = [
    "Accelerometer1RMS",
    "Accelerometer2RMS",
    "Current",
    "Pressure",
    "Temperature",
    "Thermocouple",
    "Voltage",
    "Volume Flow RateRMS",
]


def auc(score: np.ndarray, abnormal: np.ndarray) -> float:
    """Area under the ROC curve by ranks, ties counted half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    positive = int(abnormal.sum())
    return float((rank[abnormal].sum() - positive * (positive + 1) / 2) / (positive * (len(score) - positive)))


def lost_sets(count: int) -> list[tuple[int, ...]]:
    every = list(itertools.combinations(range(8), count))
    return every if len(every) <= 28 else [every[i] for i in np.random.default_rng(0).choice(len(every), 28, False)]


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    table = polars.read_parquet(folder / "skab.parquet").sort("file", "datetime")
    names = table["file"].unique(maintain_order=True).to_list()
    files = [table.filter(polars.col("file") == name) for name in names]
    values = [file.select(COLUMNS).to_numpy().astype(np.float64) for file in files]
    abnormal = np.concatenate([file["anomaly"].to_numpy()[TRAINED:] == 1 for file in files])
    slots = np.concatenate([np.full(len(v) - TRAINED, i) for i, v in enumerate(values)])
    later = np.concatenate([v[TRAINED:] for v in values])
    history = FleetRows(
        tuple(names), np.arange(len(names) + 1) * TRAINED, np.concatenate([v[:TRAINED] for v in values])
    )
    offered = [*water_loop.blueprints(), *any_machine.blueprints()]
    rows = [row for blueprint in offered for row in quality(blueprint, history, slots, later, abnormal)]
    print(write("skab", rows))


def quality(
    blueprint: Recipe, history: FleetRows, slots: np.ndarray, later: np.ndarray, abnormal: np.ndarray
) -> list[Row]:
    """A row for each number of missing signals."""
    names = history.assets
    none = np.zeros(8, bool)
    pack = pack_of(make_fleet(blueprint, history, none, none, {}, {}, seed=0))
    scorer = Scorer([Entry(name, name, pack, i, blueprint) for i, name in enumerate(pack.assets)])
    rows = []
    for count in (0, 1, 2, 4):
        aucs, rates = [], []
        for lost in lost_sets(count):
            present = np.broadcast_to(~np.isin(np.arange(8), lost), later.shape)
            score = scorer.score(slots, later, present, scorer.state()).value
            aucs.append([auc(score[slots == i], abnormal[slots == i]) for i in range(len(names))])
            alarm = score > 1
            hit, false = (alarm & abnormal).sum(), (alarm & ~abnormal).sum()
            rates.append(
                (2 * hit / (hit + false + abnormal.sum()), false / (~abnormal).sum(), 1 - hit / abnormal.sum())
            )
        f1, false_alarms, missed = np.mean(rates, axis=0)
        mean = np.mean(aucs, axis=0)
        groups = {
            group: float(np.mean([a for a, n in zip(mean, names, strict=True) if n.startswith(group)]))
            for group in ("valve1", "valve2")
        }
        facts = groups | {"f1": float(f1), "false_alarm_share": float(false_alarms), "missed_share": float(missed)}
        rows.append(Row(f"{blueprint.key}_auc_{count}_missing", float(mean.mean()), "mean AUC", facts=facts))
        show(rows[-1])
        print("    " + ", ".join(f"{key} {value:.3f}" for key, value in facts.items()))
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]))
