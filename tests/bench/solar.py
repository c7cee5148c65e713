"""Solar plants: skill of forecasts, moved clocks, inverters that stop, and 600 plants as one fleet.

    make bench-solar OPTIONS="--data ../shared/data"
    make bench-solar OPTIONS="--platform"

With `--data`, two real plants, trained on what was earlier and judged on what came later: skill over hours of daylight
against the same hour a day before, and the days on which their stamps were moved. Weather is what was measured, not
what was forecast; `coarse` knows of it no more than each day's mean clearness.

Always, simulated plants with known truth: a year is learned from and four months are judged; all plants fitted in one
program against one after the other.

With `--platform`, the same through a running installation of its own, every step by the public API: 600 plants told,
trained, promoted, listed and scored.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from harness import Row, compare, show, write

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import solar_installed
from andon_solar.clock import Shift, shifts
from andon_solar.contract import CLEAR_SKY, DAY, IRRADIANCE, POWER
from andon_solar.data import (
    SELLINDGE,
    SYSTEM_50,
    read_pvdaq_hourly,
    read_pvdaq_raw,
    read_ukpn,
    read_ukpn_raw,
)
from andon_solar.forecast import DAY_AHEAD, HOUR_AHEAD, WATCH, Told
from andon_solar.inverters import inverters_lost
from andon_solar.plugin import SOLAR_DAY_AHEAD, SOLAR_HOUR_AHEAD, SOLAR_WATCH
from andon_solar.simulation import SolarSimulation, solar_plants
from andon_solar.skill import skill
from andon_solar.sun import HOUR, Site
from solar_models import expected_power, solar_fleet

from andon_sdk.plugin import Estimator
from services.fleet.artefact import Pack, pack_of
from services.fleet.score import Entry, Scorer

PLANTS, LEARNT, JUDGED = 600, 365 * DAY, 120 * DAY
ALONE = 32
"""Plants that are also fitted one after the other."""
ORIGIN = datetime(2025, 1, 1, tzinfo=UTC)
GOAL = 0.45
PVDAQ_MOVED = ["2011-11-06", "2012-03-11", "2012-11-04"]
UKPN_MOVED = ["2020-03-29", "2020-10-25", "2021-03-28", "2021-10-31", "2022-03-27", "2022-10-30"]
FORECASTS: dict[str, tuple[Estimator, Told, int]] = {
    "day_ahead": (SOLAR_DAY_AHEAD, DAY_AHEAD, DAY),
    "hour_ahead": (SOLAR_HOUR_AHEAD, HOUR_AHEAD, 1),
}
"""Recipe, what it is told and how many hours ahead."""


def real_skill(folder: Path) -> list[Row]:
    """A row for each plant, horizon and kind of weather: the least skill over four cuts between earlier and later."""
    measured = read_pvdaq_hourly(folder / "solar_nrel_pvdaq" / "system50_hourly_dst_fixed.parquet").values
    without = read_ukpn(folder / "solar_ukpn" / "ukpn_10min.parquet").values
    coarse = measured.copy()
    coarse[:, IRRADIANCE] = daily_clearness(measured)
    rows = [
        cut_often("pvdaq_day_ahead", measured, "day_ahead"),
        cut_often("pvdaq_day_ahead_coarse", coarse, "day_ahead"),
        cut_often("pvdaq_hour_ahead", measured, "hour_ahead"),
        cut_often("ukpn_day_ahead_no_weather", without, "day_ahead"),
        cut_often("ukpn_hour_ahead_no_weather", without, "hour_ahead"),
    ]
    assert all(row.value >= GOAL for row in rows if row.name != "skill_ukpn_day_ahead_no_weather")
    return rows


def cut_often(name: str, values: np.ndarray, horizon: str) -> Row:
    recipe, told, ahead = FORECASTS[horizon]
    found = list[tuple[float, float, float]]()
    for share in (0.5, 0.6, 0.7, 0.8):
        first = int(len(values) * share)
        fleet = solar_fleet(recipe, ["plant"], values[:first, None])
        one = skill(values, expected_power(fleet, told, values[:, None])[:, 0], first, ahead)
        found.append(tuple(one.against(error) for error in (one.yesterday, one.smart, one.clear_sky)))
    least, most = np.min(found, axis=0), np.max(found, axis=0)
    facts = {"most": most[0], "smart": least[1], "smart_most": most[1], "clear_sky": least[2]}
    print(f"{name:30} skill {least[0]:.2f}-{most[0]:.2f} against yesterday, ", end="")
    print(f"{least[1]:.2f}-{most[1]:.2f} smart persistence, {least[2]:.2f}-{most[2]:.2f} clear sky")
    return Row(f"skill_{name}", float(least[0]), "least skill", facts={key: float(v) for key, v in facts.items()})


def daily_clearness(values: np.ndarray) -> np.ndarray:
    """Irradiance as it would be if each day were as clear at every hour as it is in the mean."""
    day = np.arange(len(values)) // DAY
    sky, light = (np.bincount(day, np.nan_to_num(values[:, column])) for column in (CLEAR_SKY, IRRADIANCE))
    return values[:, CLEAR_SKY] * (light / np.maximum(sky, 1.0))[day]


def real_clocks(folder: Path) -> list[Row]:
    """Every change of the clock is found, at most a day late, and none in the stamps that are mended."""
    raw = read_pvdaq_raw(folder / "solar_nrel_pvdaq" / "system_50_ac_power_2_full_DST.parquet")
    mended = read_pvdaq_hourly(folder / "solar_nrel_pvdaq" / "system50_hourly_dst_fixed.parquet")
    twice = read_ukpn_raw(folder / "solar_ukpn" / "ukpn_10min.parquet")
    once_back = read_ukpn(folder / "solar_ukpn" / "ukpn_10min.parquet")
    found = shifts(*raw, SYSTEM_50)
    assert [shift.hours for shift in found] == [1, 0, 1, 0], found
    rows = [moved("pvdaq", found, PVDAQ_MOVED)]
    found = shifts(*twice, SELLINDGE)
    assert [shift.hours for shift in found] == [0, 2, 0, 2, 0, 2, 0], found
    rows.append(moved("ukpn", found, UKPN_MOVED))
    for recording, site in ((mended, SYSTEM_50), (once_back, SELLINDGE)):
        found = shifts(recording.time, recording.values[:, POWER], site)
        assert [shift.hours for shift in found] == [0], found
    return rows


def moved(name: str, found: list[Shift], truth: list[str]) -> Row:
    late = [int((shift.day - np.datetime64(day)).astype(int)) for shift, day in zip(found[1:], truth, strict=True)]
    print(f"{name}: clock moved on {', '.join(str(shift.day) for shift in found[1:])}; days late {late}")
    assert set(late) <= {0, 1}, late
    return Row(f"clock_{name}", len(late), "changes", facts={"to_the_day": late.count(0), "of": len(truth)})


@dataclass(frozen=True)
class Life:
    """Simulated plants: `values` [hours, plants, signals]; those whose clock is right in `sound`."""

    simulation: SolarSimulation
    values: np.ndarray
    names: list[str]

    @classmethod
    def of(cls, plants: int) -> "Life":
        plant = solar_plants(plants)
        simulation = plant.simulate(ORIGIN, 3)
        return cls(simulation, simulation.values(np.arange(LEARNT + JUDGED)), [asset.key for asset in plant.assets])

    @property
    def sound(self) -> np.ndarray:
        return ~self.simulation.truth.clock


def fleet_skill(life: Life) -> Row:
    began = time.perf_counter()
    fleet = solar_fleet(SOLAR_DAY_AHEAD, life.names, life.values[:LEARNT])
    fitted = time.perf_counter() - began
    said = expected_power(fleet, DAY_AHEAD, life.values)
    plants = np.flatnonzero(life.sound)
    found = [skill(life.values[:, plant], said[:, plant], LEARNT, DAY) for plant in plants]
    skills = np.array([one.against(one.yesterday) for one in found])
    low, middle, high = np.quantile(skills, [0.05, 0.5, 0.95])
    print(f"skill a day ahead of {len(plants)} plants: median {middle:.2f}, 5 % below {low:.2f}, 5 % above {high:.2f}")
    assert low >= GOAL, low
    facts = {"low": low, "high": high, "fit_s": fitted, "share_of_goal": float((skills >= GOAL).mean())}
    return Row("fleet_skill", float(middle), "median skill", facts={key: float(value) for key, value in facts.items()})


def fleet_inverters(life: Life) -> list[Row]:
    """How soon inverters that stopped are named, what the blueprint's scores say, and how often wrongly."""
    began = time.perf_counter()
    fleet = solar_fleet(SOLAR_WATCH, life.names, life.values[:LEARNT])
    fitted = time.perf_counter() - began
    began = time.perf_counter()
    abnormal = abnormal_hours(pack_of(fleet), life.values[LEARNT:])
    scored = time.perf_counter() - began
    truth, lost = life.simulation.truth, life.simulation.truth.lost(np.arange(LEARNT, LEARNT + JUDGED))
    told = inverters_lost(life.values[..., POWER], expected_power(fleet, WATCH, life.values), truth.inverters)[LEARNT:]
    delays, missed = named(life, told)
    begins = (told[1:] > 0) & (told[:-1] == 0)
    near = np.array([lost[max(row - DAY, 0) : row + 1].any(axis=0) for row in range(1, len(lost))])
    wrong = int((begins & ~near)[:, life.sound].sum())
    years = life.sound.sum() * JUDGED / DAY / 365
    stopped, abnormal = lost[:, life.sound] > 0, abnormal[:, life.sound]
    soon, second = (float(np.mean(delays <= days * DAY)) for days in (1, 2))
    print(
        f"{len(delays) + missed} inverters stopped, {missed} never named; of the others within 24 h {soon:.0%},",
        end=" ",
    )
    print(
        f"within 48 h {second:.0%}, median {np.median(delays):.0f} h; wrongly {wrong} times in {years:.0f} plant-years"
    )
    hit, false = float(abnormal[stopped].mean()), float(abnormal[~stopped].mean())
    print(f"abnormal: {hit:.0%} of the hours with an inverter stopped, {false:.1%} of the others")
    delay_facts = {"within_24_h": soon, "within_48_h": second, "stopped": len(delays) + missed, "missed": missed}
    return [
        Row("inverter_named", float(np.median(delays)), "hours", facts={**delay_facts, "wrong": wrong, "years": years}),
        Row("abnormal_hours", hit, "share", facts={"sound": false}),
        Row("fleet_fit", len(life.names) / fitted, "plants/s", facts={"fit_s": fitted}),
        Row("fleet_scored", told.size / scored, "rows/s", facts={"score_s": scored}),
    ]


def abnormal_hours(pack: Pack, values: np.ndarray) -> np.ndarray:
    """Whether each hour [hours, plants] is abnormal, scored ten days at a time."""
    scorer = Scorer([Entry(name, name, pack, place, SOLAR_WATCH) for place, name in enumerate(pack.assets)])
    state, parts = scorer.state(), list[np.ndarray]()
    for start in range(0, len(values), 10 * DAY):
        part = values[start : start + 10 * DAY]
        block = scorer.score(np.tile(np.arange(len(pack)), len(part)), part.reshape(-1, part.shape[2]), None, state)
        parts.append(block.value.reshape(part.shape[:2]) > 1)
    return np.concatenate(parts)


def named(life: Life, told: np.ndarray) -> tuple[np.ndarray, int]:
    """Hours from each stop to its naming, and how many stops never were; of plants whose clock is right."""
    delays, missed = list[int](), 0
    truth = life.simulation.truth
    for plant in np.flatnonzero(life.sound):
        for stop, again in zip(truth.stops[plant], truth.runs_again[plant], strict=True):
            if LEARNT <= stop < LEARNT + JUDGED - 3 * DAY:
                mine = told[int(stop) - LEARNT : int(again) - LEARNT, plant] == 1
                if mine.any():
                    delays.append(int(np.argmax(mine)) + 1)
                else:
                    missed += 1
    return np.array(delays), missed


def fleet_clocks(life: Life) -> Row:
    """Exactly the plants whose clock follows daylight saving are found, each change to the day."""
    time = np.datetime64(ORIGIN.replace(tzinfo=None), "us") + np.arange(len(life.values)) * HOUR
    right = 0
    for plant, follows in enumerate(life.simulation.truth.clock):
        site = Site(life.simulation.site.latitude[plant], life.simulation.site.longitude[plant])
        days = [str(shift.day) for shift in shifts(time, life.values[:, plant, POWER], site)[1:]]
        right += days == (["2025-03-30", "2025-10-26", "2026-03-29"] if follows else [])
    print(
        f"clocks: {right} of {len(life.names)} plants judged right, of which {life.simulation.truth.clock.sum()} wrong"
    )
    return Row("fleet_clocks", right, "plants", facts={"of": len(life.names)})


def together_or_alone(life: Life) -> Row:
    some, names = life.values[:LEARNT, :ALONE], life.names[:ALONE]

    def alone() -> None:
        for plant in range(ALONE):
            solar_fleet(SOLAR_WATCH, names[plant : plant + 1], some[:, plant : plant + 1])

    whole = (lambda: solar_fleet(SOLAR_WATCH, names, some), ALONE)
    return compare("fit_together", "plants/s", whole, "one by one", (alone, ALONE), pairs=3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="folder of the real data sets; without it only simulated plants")
    parser.add_argument("--plants", type=int, default=PLANTS)
    parser.add_argument("--platform", action="store_true", help="only the fleet through a running installation")
    parser.add_argument("--full", action="store_true", help="the platform as well")
    given = parser.parse_args()
    rows = list[Row]()
    if not given.platform:
        if given.data:
            rows += [*real_skill(given.data), *real_clocks(given.data)]
        life = Life.of(given.plants)
        rows += [fleet_skill(life), *fleet_inverters(life), fleet_clocks(life), together_or_alone(life)]
    if given.platform or given.full:
        rows += solar_installed.measured(given.plants)
    for row in rows:
        show(row)
    print(f"written to {write('solar', rows)}")


if __name__ == "__main__":
    main()
