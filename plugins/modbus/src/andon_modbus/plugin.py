"""The plugin's declarations."""

from andon_modbus.settings import ModbusSettings
from andon_sdk.connector import Connector, Source
from andon_sdk.plugin import hook


def _open(settings: ModbusSettings) -> Source:
    """pymodbus is imported when a source is opened: most processes that load plugins open none."""
    from andon_modbus.source import ModbusSource  # noqa: PLC0415

    return ModbusSource(settings)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "modbus",
            "Modbus TCP",
            ModbusSettings,
            _open,
            "Meters, drives and small controllers, directly or behind a gateway. You bring the map of registers.",
        )
    ]
