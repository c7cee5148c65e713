"""What can be wrong with a report.

NotFound
└── PlantEdgeNotFound
Invalid
└── EdgeReportInvalid   a name that is none, too many parts, a text that is too long
Conflict
└── TooManyEdges
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class PlantEdgeNotFound(NotFound):
    code = "PLANT_EDGE_NOT_FOUND"


class EdgeReportInvalid(Invalid):
    """Facts: `limit`, where there is one."""

    code = "EDGE_REPORT_INVALID"


class TooManyEdges(Conflict):
    """Facts: `limit`."""

    code = "TOO_MANY_EDGES"
