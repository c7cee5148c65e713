"""How long before a stop drills warn, and how often they warn for nothing, when their wear is known.

    make bench-month OPTIONS="--drills 24 --every 300"

24 simulated drills, each of which wears for thirty days from a planted time on; champions made by the fleet's code,
rows scored in blocks by the serving scorer, alarms by the plugin's rule: all as in production, without a network. Then
the same with a tenth of the sensors failing at any time.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from harness import Row, show, write

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from lived_month import Month, Plant

WEAR_DAYS = 30.0
WARNING_GOAL, FALSE_GOAL, CHANGE_GOAL = 25.0, 0.5, 0.1
LOST = 0.1


def told(name: str, month: Month) -> list[Row]:
    warning = month.warning
    spread = dict(zip(("least", "p10", "p90", "most"), np.quantile(warning, [0, 0.1, 0.9, 1]).tolist(), strict=True))
    facts = spread | {"unwarned": float(np.isnan(month.warned).sum()), "goal": WARNING_GOAL}
    days = float(np.median(warning))
    answered = {"rows": month.rows, "unanswered_share": 1 - month.answered / month.rows}
    alarms = float(month.false.sum())
    drills = {"alarms": alarms, "drills": len(warning), "with_one": float((month.false > 0).sum()), "goal": FALSE_GOAL}
    return [
        Row(
            f"warning_days{name}",
            days,
            "days",
            "the wear",
            WEAR_DAYS,
            days / WEAR_DAYS,
            spread["least"] / WEAR_DAYS,
            spread["most"] / WEAR_DAYS,
            facts,
        ),
        Row(f"false_alarms{name}", month.false_a_month, "an asset and month", facts=drills | answered),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--drills", type=int, default=24)
    parser.add_argument("--every", type=float, default=300.0, help="seconds between two rows of a drill")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter()
    plant = Plant.learn(given.drills, given.every, given.seed)
    whole, failing = plant.watched(), plant.watched(LOST)
    change = float(np.median(failing.warning) / np.median(whole.warning))
    facts = {"goal": 1 - CHANGE_GOAL, "seconds": time.perf_counter() - began}
    rows = [
        *told("", whole),
        *told("_failing", failing),
        Row("warning_kept", change, "share", "all sensors", 1.0, change, facts=facts),
    ]
    for row in rows:
        show(row)
        print("    " + ", ".join(f"{key} {value:.2f}" for key, value in row.facts.items()))
    print(write("month", rows))


if __name__ == "__main__":
    main()
