"""The plugin's declarations."""

from pathlib import Path

from andon_opcua.alarm_settings import AlarmSettings
from andon_opcua.settings import OpcUaSettings
from andon_sdk.connector import Connector, Source
from andon_sdk.destination import Destination, Sink
from andon_sdk.plugin import hook


def opened(settings: OpcUaSettings) -> Source:
    from andon_opcua.source import OpcUaSource  # noqa: PLC0415  every process loads plugins, few open a source

    return OpcUaSource(settings)


def alarms(settings: AlarmSettings, folder: Path) -> Sink:
    from andon_opcua.alarms import Alarms  # noqa: PLC0415  as above

    return Alarms(settings, folder)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "opc-ua",
            "OPC UA",
            OpcUaSettings,
            opened,
            "PLCs, SCADA systems and gateways that speak OPC UA. After an outage, what the server recorded is read.",
        )
    ]


@hook
def destinations() -> list[Destination]:
    return [
        Destination(
            "opc-ua-alarms",
            "OPC UA",
            AlarmSettings,
            alarms,
            "A node of a controller for each asset that shows its alarm, behind an interlock.",
        )
    ]
