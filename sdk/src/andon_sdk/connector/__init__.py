"""What a connector is made of. Needs the extra: `pip install andon-sdk[connector]`.

A connector says how to open a `Source`, and a source yields single readings in batches. All else is done for it, at the
plant by `andon_sdk.edge`: choosing tags, buffering on disk, sending, back-off, dead-bands, rows of a contract, health.
"""

from andon_sdk.connector.errors import ConnectorError, SettingsRefused, SourceUnavailable
from andon_sdk.connector.installed import installed
from andon_sdk.connector.readings import READINGS, Quality, readings
from andon_sdk.connector.settings import read_settings
from andon_sdk.connector.source import Connector, Source, Tag

__all__ = [
    "READINGS",
    "Connector",
    "ConnectorError",
    "Quality",
    "SettingsRefused",
    "Source",
    "SourceUnavailable",
    "Tag",
    "installed",
    "read_settings",
    "readings",
]
