"""What can go wrong with a source.

ConnectorError
├── SourceUnavailable   the peer cannot be reached just now; opened again after a pause
└── SettingsRefused     the settings cannot work; told to a person and not tried again: `field` names which
"""


class ConnectorError(Exception):
    """Base of all errors of connectors. The message says what, why and the next step."""


class SourceUnavailable(ConnectorError):
    """The peer is away or dropped the connection. The same may work in a moment."""


class SettingsRefused(ConnectorError):
    """No pause will help: a wrong password, a table that is not there, an address of nothing."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message if field is None else f"{field}: {message}")
        self.field = field
        """Dotted path inside the connector's settings."""
