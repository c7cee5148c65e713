"""What can be wrong with a body as a whole; what is wrong with a row is a verdict.

Invalid
├── EmptyBody, BodyTooLarge, TooManyRows, TooManyColumns
├── BodyUnreadable     not the format it was called
├── UnknownUnitName    `units` names a signal the contract does not have
└── TrendInvalid       a trend that cannot be drawn: `field` says which part
Unavailable
└── StreamUnavailable
    └── StreamFull     it refuses rows rather than drop those that are not in history yet
"""

from services.kernel.errors import Invalid, Unavailable


class EmptyBody(Invalid):
    code = "EMPTY_BODY"


class BodyTooLarge(Invalid):
    code = "BODY_TOO_LARGE"


class TooManyRows(Invalid):
    code = "TOO_MANY_ROWS"


class TooManyColumns(Invalid):
    code = "TOO_MANY_COLUMNS"


class BodyUnreadable(Invalid):
    code = "BODY_UNREADABLE"


class UnknownUnitName(Invalid):
    code = "UNKNOWN_UNIT_NAME"


class TrendInvalid(Invalid):
    code = "TREND_INVALID"


class StreamUnavailable(Unavailable):
    code = "STREAM_UNAVAILABLE"


class StreamFull(StreamUnavailable):
    code = "STREAM_FULL"
