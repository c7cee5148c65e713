import torch
from andon_gas_turbine.contract import GAS_TURBINE
from andon_gas_turbine.plugin import GAS_TURBINE_FORECAST, alarm_rules, blueprints, contracts

from andon_sdk.plugin import Inputs

DRIVERS = tuple(place for place, signal in enumerate(GAS_TURBINE.signals) if signal.exogenous)


def test_declarations_belong_together():
    assert contracts() == [GAS_TURBINE]
    assert [one.contract for one in (*blueprints(), *alarm_rules())] == ["gas-turbine"] * 2


def test_air_and_load_drive():
    assert [GAS_TURBINE.keys[place] for place in DRIVERS] == [
        "ambient_temperature",
        "ambient_pressure",
        "ambient_humidity",
        "energy_yield",
    ]


def test_only_drivers_are_seen():
    torch.manual_seed(0)
    history = GAS_TURBINE_FORECAST.history_rows
    module = GAS_TURBINE_FORECAST.module(Inputs(11, history, DRIVERS))
    x, present = torch.randn(1, history, 11), torch.ones(1, history, 11)
    said = module(x, present)
    for place in range(11):
        other = x.clone()
        other[:, :, place] += 1
        assert torch.equal(module(other, present), said) is (place not in DRIVERS)
