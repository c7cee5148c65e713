"""Each factor alone, planted into clean rows, and several at once: the verdict, the value and the better range."""

import numpy as np
import pytest
from planted import DAY, HOUR, ORIGIN, SIGNALS, Plant, bad, hours, judged

from services.suitability.contracts import CustomFactor, Evidence, Fitness, KnownEvents
from services.suitability.judge import judge
from services.suitability.study import Scores


def factor(one, code):
    return next(each for each in one.factors if each.code == code)


@pytest.mark.parametrize("seed", range(8))
def test_clean_rows_fit(seed: int):
    one = judged(Plant(seed=seed).study(), 0, 240)
    assert (one.verdict, bad(one), one.better, one.rows) == (Fitness.FITS, {}, None, 14_400)


def test_too_few_rows():
    found = Plant().study()
    one = judged(found, 0, 3)
    assert (one.rows, bad(one)) == (180, {"rows": "does_not_fit"})
    assert one.better_verdict is Fitness.FITS
    assert bad(judged(found, 0, 10)) == {"rows": "with_care"}
    assert one.factors[0].sentence == ("The range has 180 rows; training wants 1,000, and cannot begin below 200.")


def test_no_rows_at_all():
    one = judged(Plant().study(), -60, -30)
    assert (one.rows, one.verdict, bad(one)) == (0, Fitness.DOES_NOT_FIT, {"rows": "does_not_fit"})


def test_a_gap():
    plant = Plant()
    plant.cut(24, 72)
    one = judged(plant.study(), 0, 96)
    assert bad(one) == {"gaps": "with_care"}
    assert factor(one, "gaps").value == 0.5
    assert factor(one, "gaps").evidence == (Evidence(*hours(24, 72)),)


def test_an_essential_signal_is_missing():
    plant = Plant()
    plant.put("load", 0, 96, np.nan)
    one = judged(plant.study(), 0, 120)
    assert bad(one) == {"missing": "does_not_fit", "coverage": "does_not_fit"}
    missing = factor(one, "missing")
    assert (missing.value, missing.care, missing.refuse, missing.facts) == (0.8, 0.1, 0.5, {"signal": "load"})
    assert missing.evidence == (Evidence(*hours(0, 96), "load"),)
    assert one.better is not None
    assert one.better[0] >= hours(93, 94)[0]
    assert one.better[1] == hours(120, 121)[0]


@pytest.mark.parametrize(("signal", "until", "limit"), [("temperature", 60, 0.3), ("spare", 96, 0.7)])
def test_a_signal_that_can_be_done_without_is_missing(signal: str, until: int, limit: float):
    plant = Plant()
    plant.put(signal, 0, until, np.nan)
    one = judged(plant.study(), 0, 120)
    assert bad(one) == {"missing": "with_care"}
    assert (factor(one, "missing").care, factor(one, "missing").refuse) == (limit, None)


def test_a_dead_sensor():
    plant = Plant()
    plant.put("flow", 24, 48, 51.3)
    dead = factor(judged(plant.study(), 0, 120), "dead")
    assert (dead.verdict, dead.facts) == (Fitness.WITH_CARE, {"signal": "flow"})
    assert dead.value == pytest.approx(0.2, abs=0.002)


def test_rows_near_core_part_events():
    found = Plant().study(KnownEvents(core=(hours(20, 44),)))
    one = judged(found, 0, 96)
    assert bad(one) == {"core_events": "does_not_fit", "contamination": "with_care"}
    assert factor(one, "core_events").value == 0.25
    assert factor(one, "core_events").evidence == (Evidence(*hours(20, 44)),)
    assert bad(judged(found, 44, 96)) == {}


def test_rows_from_before_a_part_was_replaced():
    found = Plant().study(KnownEvents(replaced=(hours(48, 49)[0],)))
    one = judged(found, 0, 96)
    assert bad(one) == {"other_regime": "does_not_fit"}
    assert (one.better, one.better_verdict) == (hours(48, 96), Fitness.FITS)


def test_known_abnormal_rows():
    one = judged(Plant().study(KnownEvents(abnormal=(hours(50, 60),))), 0, 96)
    assert bad(one) == {"known_abnormal": "does_not_fit", "contamination": "with_care"}
    assert factor(one, "known_abnormal").value == pytest.approx(10 / 96)
    assert one.better is not None
    assert one.better[1] <= hours(51, 52)[0]


def test_the_current_models_word_never_refuses_alone():
    plant = Plant()
    scores = Scores(plant.time, np.where(np.arange(len(plant.time)) < 3000, 1.5, 0.5))
    one = judged(plant.study(scores=scores), 0, 96)
    assert bad(one) == {"model_abnormal": "with_care"}
    assert factor(one, "model_abnormal").value == pytest.approx(3000 / 5760)
    assert "model_abnormal" not in {each.code for each in judged(plant.study(), 0, 96).factors}


def test_the_independent_detector_finds_what_no_label_says():
    plant = Plant()
    plant.values[plant.at(10, 34)] += np.array([3, -3, 2, -2, 2, 1])
    one = judged(plant.study(), 0, 96)
    assert bad(one) == {"outliers": "does_not_fit", "contamination": "with_care"}
    assert factor(one, "outliers").value == pytest.approx(0.25)
    assert factor(one, "outliers").evidence == (Evidence(*hours(10, 34)),)
    told = judged(plant.study(KnownEvents(normal=(hours(10, 34),))), 0, 96)
    assert factor(told, "outliers").value == 0


def test_a_regime_of_recent_production_that_the_range_has_not():
    plant = Plant()
    plant.values[plant.at(48, 240), 0] += 6
    one = judged(plant.study(), 0, 48)
    assert bad(one) == {"regimes": "does_not_fit"}
    assert (factor(one, "regimes").value, one.better_verdict) == (0, Fitness.FITS)


@pytest.mark.parametrize(
    ("signal", "factor_of", "offset", "name"),
    [("pressure", 100, 0, "×100"), ("flow", 1000, 0, "×1000"), ("temperature", 1.8, 32, "°C→°F")],
)
def test_another_unit(signal: str, factor_of: float, offset: float, name: str):
    plant = Plant()
    place = plant.at(40, 60)
    plant.put(signal, 40, 60, plant.values[place, SIGNALS.index(signal)] * factor_of + offset)
    one = judged(plant.study(), 0, 96)
    units = factor(one, "units")
    assert units.verdict is Fitness.DOES_NOT_FIT
    assert units.facts == {"signal": signal, "conversion": name}
    assert units.value == pytest.approx(20 / 96, abs=0.003)
    assert (one.better, one.better_verdict) == (hours(0, 40), Fitness.FITS)


def shifted_by_an_hour() -> Plant:
    """Twenty days of shift work; from day 10 on the clock is an hour ahead of what it was."""
    plant = Plant(20)
    work = (np.arange(len(plant.time)) // 60 % 24 >= 6) & (np.arange(len(plant.time)) // 60 % 24 < 14)
    plant.values[:, :3] += 3 * work[:, None]
    later = plant.at(240, 479)
    plant.values[later] = plant.values[later.start + 60 : later.stop + 60]
    return plant


def test_a_daylight_saving_shift_is_found():
    found = shifted_by_an_hour().study()
    one = judged(found, 100, 400)
    assert bad(one) == {"clock": "with_care"}
    clock = factor(one, "clock")
    assert clock.facts == {"kind": "shifted", "amount": -1.0, "time": hours(240, 241)[0] / 1e6}
    assert bad(judged(found, 250, 400)) == {}


def test_near_a_replaced_part_the_days_may_change():
    found = shifted_by_an_hour().study(KnownEvents(replaced=(hours(200, 201)[0],)))
    assert bad(judged(found, 210, 400)) == {}


def test_an_hour_written_twice():
    plant = Plant()
    again = plant.at(50, 52)
    time = np.concatenate([plant.time, plant.time[again] + 30_000_000])
    order = np.argsort(time)
    plant.time, plant.values = time[order], np.concatenate([plant.values, plant.values[again]])[order]
    one = judged(plant.study(), 0, 96)
    assert bad(one) == {"clock": "with_care"}
    assert factor(one, "clock").facts["kind"] == "doubled"
    assert factor(one, "clock").evidence == (Evidence(*hours(50, 52)),)


def test_another_sampling():
    plant = Plant()
    kept = np.ones(len(plant.time), bool)
    kept[3000:6000] = np.arange(3000) % 2 == 0
    plant.time, plant.values = plant.time[kept], plant.values[kept]
    one = judged(plant.study(), 0, 120)
    assert bad(one) == {"gaps": "with_care", "clock": "with_care"}
    assert (factor(one, "clock").facts["kind"], factor(one, "clock").facts["amount"]) == ("sampling", 0.5)


def test_a_factor_of_a_plugin():
    plant = Plant()
    idle = CustomFactor("idle", "Idle", 0, 9.5, 99.0, 0.2, 0.5, "An idle machine shows no normal.")
    plain = plant.study(custom=(idle,))
    low = float((plant.values[:5760, 0] < 9.5).mean())
    one = factor(judged(plain, 0, 96), "idle")
    assert (one.value, one.care, one.refuse, one.facts) == (low, 0.2, 0.5, {"title": "Idle"})
    assert one.sentence.startswith("An idle machine shows no normal. Idle: ")


def test_several_at_once_are_all_named():
    plant = Plant()
    plant.values[plant.at(10, 34)] += np.array([3, -3, 2, -2, 2, 1])
    plant.put("load", 0, 96, np.nan)
    one = judged(plant.study(KnownEvents(abnormal=(hours(50, 60),))), 0, 120)
    assert bad(one) == {
        "missing": "does_not_fit",
        "coverage": "does_not_fit",
        "outliers": "does_not_fit",
        "known_abnormal": "with_care",
        "contamination": "with_care",
    }
    assert [each.code for each in one.factors[:3]] == ["missing", "outliers", "coverage"]
    assert one.better_verdict is Fitness.FITS


def test_a_replaced_part_is_no_outlier():
    """The new normal is unlike the old one, and the model is to learn just that."""
    plant = Plant()
    plant.values[plant.at(200, 240)] += np.array([3, -3, 2, -2, 2, 1])
    assert bad(judged(plant.study(), 200, 240))["outliers"] == "does_not_fit"
    assert bad(judged(plant.study(KnownEvents(replaced=(hours(200, 201)[0],))), 200, 240)) == {}


def test_several_ranges_are_judged_as_one():
    plant = Plant()
    plant.cut(30, 50)
    found = plant.study()
    apart = judge(found, [hours(0, 30), hours(50, 96), hours(60, 70)])
    assert (apart.rows, apart.verdict, bad(apart), apart.better) == (76 * 60, Fitness.FITS, {}, None)
    assert (apart.start, apart.end) == (ORIGIN, ORIGIN + 4 * DAY)


def test_the_same_rows_get_the_same_verdict():
    assert judged(Plant().study(), 5, 77) == judged(Plant().study(), 5, 77)
    assert ORIGIN % DAY == 0
    assert DAY == 24 * HOUR
