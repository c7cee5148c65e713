"""Destinations: where an edge brings the news of alarms at the plant, such as a broker, a table, a light or a ticket.

A plugin declares them by the hook `destinations`. They run at the plant, in the process `andon-edge`, beside the
connectors, and only there: Andon itself never runs them and cannot reach what they reach. Needs the extra `connector`.
"""

from andon_sdk.connector.errors import SettingsRefused
from andon_sdk.destination.contracts import Destination, Moment, Notice, Share, Sink, as_json, from_json
from andon_sdk.destination.errors import DestinationError, DestinationUnavailable, Undeliverable
from andon_sdk.destination.installed import installed
from andon_sdk.destination.words import detail, headline

__all__ = [
    "Destination",
    "DestinationError",
    "DestinationUnavailable",
    "Moment",
    "Notice",
    "SettingsRefused",
    "Share",
    "Sink",
    "Undeliverable",
    "as_json",
    "detail",
    "from_json",
    "headline",
    "installed",
]
