"""How a cost grows with the number of assets, and what that says of a fleet nobody measured."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """y = start + slope · x by least squares; errors are standard errors."""

    start: float
    slope: float
    slope_error: float
    spread: float
    """Standard deviation of the residuals."""
    x: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> "Line":
        """Raises ValueError for fewer than three points: two say nothing of the error."""
        if len(x) < 3:
            raise ValueError(f"a line with its error needs three points, not {len(x)}")
        slope, start = np.polyfit(x, y, 1)
        spread = float(np.sqrt(np.sum((y - start - slope * x) ** 2) / (len(x) - 2)))
        return cls(float(start), float(slope), spread / float(np.sqrt(np.sum((x - x.mean()) ** 2))), spread, x)

    def at(self, x: float) -> tuple[float, float]:
        """y at `x`, and the standard error of one new measurement there."""
        far = (x - self.x.mean()) ** 2 / np.sum((self.x - self.x.mean()) ** 2)
        return self.start + self.slope * x, self.spread * float(np.sqrt(1 + 1 / len(self.x) + far))


def power(sizes: np.ndarray, costs: np.ndarray) -> Line:
    """The line through the logarithms: its slope is the exponent of cost in the number of assets."""
    return Line.of(np.log(sizes), np.log(costs))
