"""Measures the fleet table and writes it to `.bench/fleet.json`."""

import argparse
from collections.abc import Callable

from harness import PAIRS, Row, write

from fleet.fitting import fitting_rows
from fleet.growth import growth_rows
from fleet.packs import pack_rows
from fleet.pool import one_thread
from fleet.scaling import scaling_rows
from fleet.scoring import scoring_rows
from fleet.serving import serving_rows
from fleet.training import training_rows

PARTS: dict[str, Callable[[int, bool], list[Row]]] = {
    "training": lambda pairs, full: training_rows(pairs),
    "fitting": lambda pairs, full: fitting_rows(pairs),
    "scoring": lambda pairs, full: scoring_rows(pairs),
    "growth": lambda pairs, full: growth_rows(full),
    "scaling": lambda pairs, full: scaling_rows(pairs),
    "packs": lambda pairs, full: pack_rows(pairs),
    "serving": lambda pairs, full: serving_rows(pairs),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fleet", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--full", action="store_true", help="ten thousand assets where it takes minutes")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    arguments = parser.parse_args()
    one_thread()
    rows = list[Row]()
    for part in arguments.only:
        rows += PARTS[part](arguments.pairs, arguments.full)
        path = write("fleet", rows)  # each time: a part that cannot be measured costs none of those before it
    print(path)


if __name__ == "__main__":
    main()
