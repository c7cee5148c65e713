"""What can be wrong with a report.

NotFound
├── PlantEdgeNotFound
└── EdgeSourceNotFound
Invalid
├── EdgeReportInvalid   a name that is none, too many parts, a text that is too long
└── EdgeMappingInvalid  a signal that the contract lacks, a unit that cannot be converted
Conflict
├── TooManyEdges
├── EdgeMappingChanged  somebody else changed it meanwhile
└── AssetMappedElsewhere
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


class EdgeSourceNotFound(NotFound):
    code = "EDGE_SOURCE_NOT_FOUND"


class EdgeMappingInvalid(Invalid):
    """Facts: `field` names asset and signal."""

    code = "EDGE_MAPPING_INVALID"


class EdgeMappingChanged(Conflict):
    """Facts: `version`, the present one."""

    code = "EDGE_MAPPING_CHANGED"


class AssetMappedElsewhere(Conflict):
    """Facts: `asset`, `edge`, `source`."""

    code = "ASSET_MAPPED_ELSEWHERE"
