"""The plugin's declarations."""

from andon_opcua.settings import OpcUaSettings
from andon_sdk.connector import Connector, Source
from andon_sdk.plugin import hook


def _open(settings: OpcUaSettings) -> Source:
    """asyncua takes a second to import, which processes that open no source are spared."""
    from andon_opcua.source import OpcUaSource  # noqa: PLC0415

    return OpcUaSource(settings)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "opc-ua",
            "OPC UA",
            OpcUaSettings,
            _open,
            "PLCs, SCADA systems and gateways that speak OPC UA. After an outage, what the server recorded is read.",
        )
    ]
