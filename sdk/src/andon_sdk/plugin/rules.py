"""Alarm rules: when a run of scores wants a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Hysteresis over the champion's scores of one asset (value in units of the threshold).

    Raised when at least `raise_rows` of the last `of_rows` answered rows are above `raise_above`; cleared when
    `clear_rows` answered rows in a row are below `clear_below`.
    """

    key: str
    title: str
    contract: str
    raise_above: float = 1.0
    raise_rows: int = 5
    of_rows: int = 10
    clear_below: float = 0.8
    clear_rows: int = 30

    def __post_init__(self) -> None:
        if not 1 <= self.raise_rows <= self.of_rows:
            raise ValueError(f"alarm rule {self.key!r}: raise_rows must lie between 1 and of_rows")
        if self.clear_below > self.raise_above:
            raise ValueError(f"alarm rule {self.key!r}: clear_below must not be above raise_above")
