"""A plant of drills that wear at known times, watched as production watches it, without a network and in seconds.

Each drill runs well while its model learns, runs well on, and wears for thirty days until it stops. Its champion is
made by the fleet's code, its rows are scored by the serving scorer in blocks, and alarms come from the plugin's rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.draws import key, uniform
from andon_laser_drill.life import DAY, WEAR, Life
from andon_laser_drill.plugin import LASER_DRILL_WATCH, alarm_rules
from andon_laser_drill.simulation import DrillSimulation, drill_plant

from andon_sdk.plugin import DemoRows, Importance
from services.fleet.artefact import pack_of
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer
from services.fleet.train import train_fleet
from services.monitoring.model import RuleState, watch

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
LEARNT_DAYS = 12.0
WELL_DAYS = (20.0, 40.0)
"""For how long a drill runs well after it was learned, drawn evenly."""
BLOCK_DAYS = 1.0
FATE_S = 6 * 3_600
"""For so long a sensor is lost or not."""
ESSENTIAL = np.array([signal.importance is Importance.ESSENTIAL for signal in LASER_DRILL.signals])


@dataclass(frozen=True, slots=True)
class Month:
    """Of each drill in days since the origin, [drills]."""

    learnt: float
    onset: np.ndarray
    """Of the wear."""
    stop: np.ndarray
    warned: np.ndarray
    """The first alarm that was raised since the onset; NaN where none was."""
    false: np.ndarray
    """int64: alarms that were raised before the onset."""
    rows: int
    answered: int

    @property
    def warning(self) -> np.ndarray:
        """Days between the alarm and the stop; 0 where there was none."""
        return np.nan_to_num(self.stop - self.warned)

    @property
    def false_a_month(self) -> float:
        """False alarms per drill in thirty days of running well."""
        return float(self.false.sum() / (self.onset - self.learnt).sum() * 30)


@dataclass(frozen=True)
class Plant:
    simulation: DrillSimulation
    scorer: Scorer
    every_s: float
    seed: int

    @classmethod
    def learn(cls, drills: int, every_s: float, seed: int) -> "Plant":
        """Drills whose wear is planted, and a champion of each."""
        simulation = drill_plant(drills).simulate(ORIGIN, seed)
        assert isinstance(simulation, DrillSimulation)
        simulation = replace(simulation, life=planted(simulation.life, seed))
        rows = simulation.rows(ORIGIN, ORIGIN + timedelta(days=LEARNT_DAYS), every_s)
        names = tuple(asset.key for asset in simulation.assets)
        learnt = FleetRows.gather(names, rows.asset, rows.time, rows.values)
        trained = train_fleet(LASER_DRILL_WATCH, learnt, ESSENTIAL, seed=seed)
        assert trained.assets == names, trained.failures
        pack = pack_of(trained)
        return cls(
            simulation,
            Scorer([Entry(name, name, pack, place, LASER_DRILL_WATCH) for place, name in enumerate(names)]),
            every_s,
            seed,
        )

    def watched(self, lost: float = 0.0) -> Month:
        """From the end of learning to the last stop; at any time a share `lost` of the sensors is failing besides those
        that the simulation loses, never an essential one."""
        life, drills = self.simulation.life, len(self.simulation.assets)
        (rule,) = alarm_rules()
        empty = np.zeros(drills, np.int64)
        state = RuleState(np.zeros((drills, rule.of_rows), bool), empty, empty.astype(bool))
        scores = self.scorer.state()
        raised, moments = list[np.ndarray](), list[np.ndarray]()
        rows = answered = 0
        for block in self._blocks(float(life.stop[:, 0].max()) / DAY):
            mine = block.time < _moment(life.stop[block.asset, 0])  # a drill's month ends when it stops
            asset, time, values = block.asset[mine], block.time[mine], block.values[mine]
            values[self._failing(asset, time, lost)] = np.nan
            value = self.scorer.score(asset, values, None, scores).value
            state, episodes = watch(rule, asset, value.astype(np.float64), state)
            new = episodes.raised >= 0
            raised.append(episodes.asset[new])
            moments.append(_days(time[episodes.raised[new]]))
            rows, answered = rows + len(value), answered + int(np.isfinite(value).sum())
        who, when = np.concatenate(raised), np.concatenate(moments)
        onset, stop = life.onset[:, 0] / DAY, life.stop[:, 0] / DAY
        early = when < onset[who]
        warned = np.full(drills, np.inf)
        np.minimum.at(warned, who[~early], when[~early])
        warned = np.where(np.isinf(warned), np.nan, warned)
        false = np.bincount(who[early], minlength=drills)
        return Month(LEARNT_DAYS, onset, stop, warned, false, rows, answered)

    def _blocks(self, last: float) -> Iterator[DemoRows]:
        day = LEARNT_DAYS
        while day < last:
            after = min(day + BLOCK_DAYS, last)
            yield self.simulation.rows(ORIGIN + timedelta(days=day), ORIGIN + timedelta(days=after), self.every_s)
            day = after

    def _failing(self, asset: np.ndarray, time: np.ndarray, lost: float) -> np.ndarray:
        """bool [rows, signals]: which of the readings are lost; the same sensors for six hours."""
        spell = (_days(time) * DAY // FATE_S).astype(np.int64)
        signal = np.arange(len(ESSENTIAL))
        return (uniform(key(self.seed, 99, asset[:, None], spell[:, None], signal)) < lost) & ~ESSENTIAL


def planted(life: Life, seed: int) -> Life:
    """The same drills, whose first parts wear for thirty days from planted times on."""
    drills = len(life.stop)
    well = np.random.default_rng(seed).uniform(*WELL_DAYS, drills)
    onset, stop, back = life.onset.copy(), life.stop.copy(), life.back.copy()
    onset[:, 0] = (LEARNT_DAYS + well) * DAY
    stop[:, 0] = onset[:, 0] + WEAR
    back[:, 0] = stop[:, 0] + DAY / 6
    return Life(onset, stop, back, life.part)


def _moment(seconds: np.ndarray) -> np.ndarray:
    return np.datetime64(ORIGIN.replace(tzinfo=None), "us") + (seconds * 1e6).astype("timedelta64[us]")


def _days(time: np.ndarray) -> np.ndarray:
    return (time - np.datetime64(ORIGIN.replace(tzinfo=None), "us")) / np.timedelta64(1, "us") / 1e6 / DAY
