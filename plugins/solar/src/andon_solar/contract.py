"""What a solar plant tells, one row an hour, stamped with the start of the hour in UTC."""

from andon_sdk.plugin import Contract, Importance, Signal

SOLAR_PLANT = Contract(
    key="solar-plant",
    title="Solar plant",
    period_s=3600.0,
    signals=(
        Signal("power", "AC power by peak power", "W/kWp", -50.0, 1500.0, Importance.ESSENTIAL),
        Signal("irradiance", "Global horizontal irradiance", "W/m2", -20.0, 1600.0, exogenous=True),
        Signal("air_temperature", "Air temperature", "degC", -60.0, 60.0, Importance.OPTIONAL, exogenous=True),
        Signal("wind_speed", "Wind speed", "m/s", 0.0, 75.0, Importance.OPTIONAL, exogenous=True),
        Signal("clear_sky", "Irradiance of a clear sky", "W/m2", 0.0, 1200.0, Importance.ESSENTIAL, exogenous=True),
        Signal("sun_east", "Direction of the sun, east", "1", -1.0, 1.0, exogenous=True),
        Signal("sun_north", "Direction of the sun, north", "1", -1.0, 1.0, exogenous=True),
        Signal("sun_up", "Direction of the sun, up", "1", -1.0, 1.0, Importance.ESSENTIAL, exogenous=True),
    ),
)
"""Power is divided by the plant's peak power, so that plants of any size are alike and can lend each other models. The
sun's place and the clear sky are computed (`andon_solar.sun`) by whoever sends the row, from the site's coordinates."""

POWER, IRRADIANCE, AIR_TEMPERATURE, WIND_SPEED, CLEAR_SKY, SUN_EAST, SUN_NORTH, SUN_UP = range(8)
"""Columns of a row."""
DAY = 24
"""Rows of one."""
