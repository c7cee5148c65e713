"""What can be wrong with a request about a rollout."""

from services.kernel.errors import Conflict, Invalid, NotFound


class RolloutNotFound(NotFound):
    code = "ROLLOUT_NOT_FOUND"


class AssetsUnclear(Invalid):
    code = "ASSETS_UNCLEAR"


class NoAssetMatches(Invalid):
    """Facts: `contract`, the key of the one that the blueprint reads, or None."""

    code = "NO_ASSET_MATCHES"


class SharesInvalid(Invalid):
    """Facts: `most`, how many cohorts there may be."""

    code = "SHARES_INVALID"


class MostFailingInvalid(Invalid):
    code = "MOST_FAILING_INVALID"


class RolloutEnded(Conflict):
    """Facts: `state`."""

    code = "ROLLOUT_ENDED"
