"""The plugin's declarations."""

from andon_modbus.settings import ModbusSettings
from andon_modbus.source import ModbusSource
from andon_sdk.connector import Connector
from andon_sdk.plugin import hook


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "modbus",
            "Modbus TCP",
            ModbusSettings,
            ModbusSource,
            "Meters, drives and small controllers, directly or behind a gateway. You bring the map of registers.",
        )
    ]
