"""Eleven signals of a gas turbine, one row an hour, in the order and units of the UCI emission data set (no. 551)."""

from andon_sdk.plugin import Contract, Importance, Signal

GAS_TURBINE = Contract(
    key="gas-turbine",
    title="Gas turbine",
    period_s=3600.0,
    signals=(
        Signal("ambient_temperature", "Ambient temperature", "degC", -50.0, 60.0, exogenous=True),
        Signal("ambient_pressure", "Ambient pressure", "mbar", 800.0, 1100.0, exogenous=True),
        Signal("ambient_humidity", "Ambient humidity", "%", 0.0, 110.0, exogenous=True),
        Signal("filter_pressure", "Air filter difference pressure", "mbar", 0.0, 20.0),
        Signal("exhaust_pressure", "Exhaust pressure", "mbar", 0.0, 100.0),
        Signal("inlet_temperature", "Turbine inlet temperature", "degC", 0.0, 1500.0),
        Signal("after_temperature", "Turbine after temperature", "degC", 0.0, 1000.0),
        Signal("energy_yield", "Turbine energy yield", "MWh", 0.0, 300.0, exogenous=True),
        Signal("compressor_pressure", "Compressor discharge pressure", "bar", 0.0, 40.0),
        Signal("carbon_monoxide", "Carbon monoxide", "mg/m3", 0.0, 500.0, Importance.OPTIONAL),
        Signal("nitrogen_oxides", "Nitrogen oxides", "mg/m3", 0.0, 500.0, Importance.OPTIONAL),
    ),
)
"""Air and load drive the turbine; what it does with them is judged."""
