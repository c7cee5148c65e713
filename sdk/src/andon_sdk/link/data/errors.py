"""What can go wrong with a notebook's data. Each message says what, why and the next step.

DataError
├── NotConnected     no address or key of an Andon is known here
├── NotAllowed       the key is not taken, or lacks a right
├── UnknownAsset     no asset of that key, or assets of several contracts at once
├── BadRange         times without a zone, reversed, or further apart than is given out at once
├── TooMuch          more values than a notebook holds comfortably
├── NoRows           nothing was recorded in the range
├── FileUnreadable   a file that holds no rows, or not such rows
├── SnapshotMissing  no snapshot of that name or digest here
└── SnapshotChanged  its file is not the one that was frozen
"""


class DataError(Exception):
    """Base of all errors of `andon_sdk.link.data`."""


class NotConnected(DataError):
    pass


class NotAllowed(DataError):
    pass


class UnknownAsset(DataError):
    pass


class BadRange(DataError):
    pass


class TooMuch(DataError):
    pass


class NoRows(DataError):
    pass


class FileUnreadable(DataError):
    pass


class SnapshotMissing(DataError):
    pass


class SnapshotChanged(DataError):
    pass
