"""What can be wrong with a question about suitability.

Invalid
└── SuitabilityInvalid   no range, too many, or one that no rows can fill: `field` says which part
"""

from services.kernel.errors import Invalid


class SuitabilityInvalid(Invalid):
    code = "SUITABILITY_INVALID"
