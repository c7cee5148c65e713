"""What can go wrong with a destination.

DestinationError
├── DestinationUnavailable   the other side cannot be reached just now; opened again after a pause
└── Undeliverable            the other side will never take this notice; put aside with the reason
SettingsRefused              as of a connector: told to a person and not tried again
"""


class DestinationError(Exception):
    """Base of all errors of destinations. The message says what, why and the next step."""


class DestinationUnavailable(DestinationError):
    """It is tried again, later and later; what comes after it waits."""


class Undeliverable(DestinationError):
    """No pause will help this notice; the next may go all the same."""
