"""What labels of a few events change on the SKAB test bench's first valve.

    python tests/bench/label_quality.py ../shared/data/skab

The asset is the test bench (16 recordings of it, one after the other). Of every recording the first 400 rows are
history; of the first `labelled` recordings the rest is history too, in which the throttling is labelled. The rest of
all other recordings is scored row by row: their events are those that no label told of. F1 is over rows, as the test
bench counts it; an event is found when a row of it is above the threshold. The same model answers with and without
labels but for its threshold, so that what is told is what the threshold does.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars
import torch
from andon_water_loop import plugin as water_loop
from harness import Row, show, write
from skab_quality import COLUMNS, TRAINED

from andon_sdk.plugin import Recipe
from services.fleet.artefact import main_levels, pack_of
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer

LABELLED = (2, 3, 5, 8)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    table = polars.read_parquet(folder / "skab.parquet").sort("file", "datetime")
    names = [str(name) for name in table["file"].unique(maintain_order=True)]
    files = [table.filter(polars.col("file") == name) for name in names if name.startswith("valve1")]
    recordings = [
        (file.select(COLUMNS).to_numpy().astype(np.float64), file["anomaly"].to_numpy() == 1) for file in files
    ]
    offered = water_loop.blueprints()
    print(
        write("labels", [row for blueprint in offered for k in LABELLED for row in quality(blueprint, recordings, k)])
    )


def quality(blueprint: Recipe, recordings: list[tuple[np.ndarray, np.ndarray]], labelled: int) -> list[Row]:
    """F1 on the recordings that were not labelled, with their labels and without."""
    none = np.zeros(8, bool)
    pieces = [values if i < labelled else values[:TRAINED] for i, (values, _) in enumerate(recordings)]
    flags = [
        np.where(abnormal, i, -1)[: len(piece)]
        for i, ((_, abnormal), piece) in enumerate(zip(recordings, pieces, strict=True))
    ]
    event = np.concatenate(flags).astype(np.int32)
    rows = FleetRows(("bench",), np.array([0, len(event)]), np.concatenate(pieces), event)
    fleet = make_fleet(blueprint, rows, none, none, {}, {}, seed=0)
    pack = pack_of(fleet)
    plain = replace(pack, labelled=None, levels=main_levels(fleet, labels=False))
    found = []
    for name, each in (("without", plain), ("with", pack)):
        scorer = Scorer([Entry(name, "bench", each, 0, blueprint)])
        hit = false = abnormal_rows = normal_rows = events = 0
        for values, abnormal in recordings[labelled:]:
            later = values[TRAINED:]
            alarm = scorer.score(np.zeros(len(later), int), later, None, scorer.state()).value > 1
            truth = abnormal[TRAINED:]
            hit, false = hit + (alarm & truth).sum(), false + (alarm & ~truth).sum()
            abnormal_rows, normal_rows = abnormal_rows + truth.sum(), normal_rows + (~truth).sum()
            events += bool((alarm & truth).any())
        f1 = 2 * hit / (hit + false + abnormal_rows)
        facts = {
            "false_alarm_share": float(false / normal_rows),
            "missed_share": float(1 - hit / abnormal_rows),
            "events_found": int(events),
            "events": len(recordings) - labelled,
            "threshold": float(each.levels[0, 0]),
        }
        found.append(Row(f"{blueprint.key}_{labelled}_labels_{name}", float(f1), "F1", facts=facts))
        show(found[-1])
        print("    " + ", ".join(f"{key} {value:.4g}" for key, value in facts.items()))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
