"""What can go wrong with the ledger."""

from services.kernel.errors import Invalid


class MonthsInvalid(Invalid):
    """The months to look back are out of bounds. Facts: `field`."""

    code = "LOOP_MONTHS_INVALID"
