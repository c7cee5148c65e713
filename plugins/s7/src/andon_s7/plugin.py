"""The plugin's declarations."""

from andon_s7.settings import S7Settings
from andon_sdk.connector import Connector, Source
from andon_sdk.plugin import hook


def _open(settings: S7Settings) -> Source:
    """snap7 is imported when a source is opened: most processes that load plugins open none."""
    from andon_s7.source import S7Source  # noqa: PLC0415

    return S7Source(settings)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "s7",
            "Siemens S7",
            S7Settings,
            _open,
            "S7-300, 400, 1200 and 1500 controllers without an OPC UA server. You bring the addresses.",
        )
    ]
