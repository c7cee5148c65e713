"""What can go wrong with the ledger."""

from services.kernel.errors import Invalid


class HandsOnInvalid(Invalid):
    """A spell of work that cannot be: too long for its minute, of another day, or too many at once. Facts: `field`."""

    code = "HANDS_ON_INVALID"


class MonthsInvalid(Invalid):
    """The months to look back are out of bounds. Facts: `field`."""

    code = "LOOP_MONTHS_INVALID"
